import "../plans.css";
import Button from "@cloudscape-design/components/button";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Toggle from "@cloudscape-design/components/toggle";
import type { Schemas } from "../../api/schemas";
import { SearchField } from "../../lists/SearchField";
import { useAddress } from "../../lists/use_address";
import { useRead } from "../../live/use_read";
import { AppButton } from "../../parts/AppButton";
import { Loaded } from "../../parts/Loaded";
import { Page } from "../../parts/Page";
import { PlaceChoices } from "../../places/PlaceChoices";
import { useUser, whyNot } from "../../session/permissions";
import { READINESS } from "../../states/marks";
import { PLANS } from "../paths";
import { PlansTable } from "./PlansTable";
import { isRunning } from "./rows";

const FILTERS = ["q", "owner", "account", "region", "readiness", "overdue", "running"];

/** All recovery plans. Filters, order and page are in the URL. */
export default function PlansPage() {
  const [search, choose] = useAddress();
  const q = search.get("q") ?? "";
  const owner = search.get("owner") ?? "";
  const cursor = search.get("cursor") ?? "";
  const onlyOverdue = search.get("overdue") === "yes";
  const onlyRunning = search.get("running") === "yes";
  const region = search.get("region") ?? "";
  const readiness = VERDICTS.find((verdict) => verdict === search.get("readiness"));
  const filters = { q, owner, region, accountId: accountOf(search), ...(readiness ? { readiness } : {}) };
  const overdue = onlyOverdue ? { drillOverdue: true } : {};
  const plans = useRead(
    "/recovery-plans",
    { query: { limit: 100, cursor, recentRuns: 5, ...filters, ...overdue } },
    { keepPrevious: true },
  );
  // Another filter begins at its first page.
  const filter = (choices: Record<string, string>) => choose({ cursor: "", ...choices });
  const isFiltered = FILTERS.some((name) => search.has(name));
  return (
    <Page title="Recovery plans" actions={<NewPlan />}>
      <div className="filters">
        <SearchField label="Name begins with" value={q} onSearch={(text) => filter({ q: text })} />
        <SearchField label="Owner" value={owner} onSearch={(text) => filter({ owner: text })} />
        <PlaceChoices
          accountId={filters.accountId}
          region={region}
          choose={(place) => filter({ account: place.accountId, region: place.region })}
        />
        <ReadinessChoice chosen={readiness} choose={(value) => filter({ readiness: value })} />
        <Toggle
          checked={onlyRunning}
          onChange={({ detail }) => filter({ running: detail.checked ? "yes" : "" })}
        >
          Running now
        </Toggle>
        <Toggle
          checked={onlyOverdue}
          onChange={({ detail }) => filter({ overdue: detail.checked ? "yes" : "" })}
        >
          Drill overdue
        </Toggle>
        {isFiltered ? (
          <Button onClick={() => filter(Object.fromEntries(FILTERS.map((name) => [name, ""])))}>
            Clear the filter
          </Button>
        ) : null}
      </div>
      <Loaded result={plans} what="The recovery plans">
        {({ items, nextCursor }) => {
          const rows = items.filter((row) => !onlyRunning || isRunning(row));
          return (
            <SpaceBetween size="m">
              <PlansTable
                rows={rows}
                isComplete={nextCursor === null && cursor === ""}
                empty={isFiltered ? "No plan matches the filter." : <NoPlans />}
              />
              {cursor === "" && nextCursor === null ? null : (
                <SpaceBetween direction="horizontal" size="xs">
                  <Button disabled={cursor === ""} onClick={() => choose({ cursor: "" })}>
                    First page
                  </Button>
                  <Button disabled={nextCursor === null} onClick={() => choose({ cursor: nextCursor ?? "" })}>
                    Next page
                  </Button>
                </SpaceBetween>
              )}
            </SpaceBetween>
          );
        }}
      </Loaded>
    </Page>
  );
}

const VERDICTS = ["READY", "DEGRADED", "BLOCKED"] as const;
const ANY = { value: "", label: "Any readiness" };

/** The account of the filter, once it is a whole number of an account. */
function accountOf(search: URLSearchParams): string {
  const account = search.get("account") ?? "";
  return /^\d{12}$/.test(account) ? account : "";
}

interface ChoiceProps {
  chosen: Schemas["Readiness"] | undefined;
  choose: (readiness: string) => void;
}

function ReadinessChoice({ chosen, choose }: ChoiceProps) {
  const options = [ANY, ...VERDICTS.map((verdict) => ({ value: verdict, label: READINESS[verdict].word }))];
  return (
    <Select
      ariaLabel="Readiness"
      selectedOption={options.find(({ value }) => value === chosen) ?? ANY}
      options={options}
      onChange={({ detail }) => choose(detail.selectedOption.value ?? "")}
    />
  );
}

function NewPlan() {
  const user = useUser();
  const reason = whyNot(user, "POST /recovery-plans");
  return (
    <AppButton to={`${PLANS}/new`} variant="primary" disabled={reason !== ""} disabledReason={reason}>
      New plan
    </AppButton>
  );
}

function NoPlans() {
  return (
    <SpaceBetween size="s">
      <span>
        A recovery plan says which groups of servers are recovered in which order. There is none yet.
      </span>
      <NewPlan />
    </SpaceBetween>
  );
}
