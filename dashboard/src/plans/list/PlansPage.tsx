import "../plans.css";
import Button from "@cloudscape-design/components/button";
import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Toggle from "@cloudscape-design/components/toggle";
import { useSearchParams } from "react-router";
import type { Schemas } from "../../api/schemas";
import { Choice } from "../../lists/Choice";
import { useTyped } from "../../lists/use_typed";
import { useRead } from "../../live/use_read";
import { AppButton } from "../../parts/AppButton";
import { Loaded } from "../../parts/Loaded";
import { Page } from "../../parts/Page";
import { usePlaces } from "../../places/use_places";
import { useUser, whyNot } from "../../session/permissions";
import { READINESS } from "../../states/marks";
import { PLANS } from "../paths";
import { PlansTable } from "./PlansTable";
import { isRunning } from "./rows";

/** All recovery plans. Filters, order and page are in the URL. */
export default function PlansPage() {
  const [search, setSearch] = useSearchParams();
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
  const set = (name: string, value: string) =>
    setSearch(
      (before) => {
        const next = new URLSearchParams(before);
        if (value === "") next.delete(name);
        else next.set(name, value);
        if (name !== "cursor") next.delete("cursor");
        return next;
      },
      { replace: true },
    );
  const isFiltered = ["q", "owner", "account", "region", "readiness", "overdue", "running"].some((name) =>
    search.has(name),
  );
  return (
    <Page title="Recovery plans" actions={<NewPlan />}>
      <div className="filters">
        <Find label="Name begins with" value={q} change={(value) => set("q", value)} />
        <Find label="Owner" value={owner} change={(value) => set("owner", value)} />
        <PlaceChoices accountId={filters.accountId} region={region} choose={set} />
        <ReadinessChoice chosen={readiness} choose={(value) => set("readiness", value)} />
        <Toggle checked={onlyRunning} onChange={({ detail }) => set("running", detail.checked ? "yes" : "")}>
          Running now
        </Toggle>
        <Toggle checked={onlyOverdue} onChange={({ detail }) => set("overdue", detail.checked ? "yes" : "")}>
          Drill overdue
        </Toggle>
        {isFiltered ? (
          <Button onClick={() => setSearch({}, { replace: true })}>Clear the filter</Button>
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
                  <Button disabled={cursor === ""} onClick={() => set("cursor", "")}>
                    First page
                  </Button>
                  <Button disabled={nextCursor === null} onClick={() => set("cursor", nextCursor ?? "")}>
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

function Find({ label, value, change }: { label: string; value: string; change: (value: string) => void }) {
  const [typed, type] = useTyped(value, change);
  return (
    <div className="filter">
      <Input
        type="search"
        ariaLabel={label}
        placeholder={label}
        value={typed}
        onChange={({ detail }) => type(detail.value)}
      />
    </div>
  );
}

interface PlaceProps {
  accountId: string;
  region: string;
  choose: (name: string, value: string) => void;
}

/** The accounts and Regions that there are; the plans that recover there are listed. */
function PlaceChoices({ accountId, region, choose }: PlaceProps) {
  const accounts = usePlaces().data?.items ?? [];
  const regions = accounts
    .filter((account) => accountId === "" || account.accountId === accountId)
    .flatMap((account) => account.regions.map((each) => each.region));
  return (
    <>
      <Choice
        label="Account"
        none="Any account"
        value={accountId}
        options={accounts.map((account) => ({
          value: account.accountId,
          label: account.name || account.accountId,
          description: account.accountId,
        }))}
        onChoose={(account) => choose("account", account)}
      />
      <Choice
        label="Region"
        none="Any Region"
        value={region}
        options={[...new Set(regions)].sort().map((each) => ({ value: each, label: each }))}
        onChoose={(chosen) => choose("region", chosen)}
      />
    </>
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
