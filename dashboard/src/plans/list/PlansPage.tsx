import "../plans.css";
import Button from "@cloudscape-design/components/button";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Toggle from "@cloudscape-design/components/toggle";
import { useSearchParams } from "react-router";
import { useDashboard } from "../../home/use_dashboard";
import { serverNow } from "../../live/server_clock";
import { useRead } from "../../live/use_read";
import { AppButton } from "../../parts/AppButton";
import { Loaded } from "../../parts/Loaded";
import { Page } from "../../parts/Page";
import { useUser, whyNot } from "../../session/permissions";
import { PLANS } from "../paths";
import { useTyped } from "../use_typed";
import { PlansTable } from "./PlansTable";
import { isOverdue, isRunning, rowsOf } from "./rows";

/** All recovery plans. Filters, order and page are in the URL. */
export default function PlansPage() {
  const [search, setSearch] = useSearchParams();
  const q = search.get("q") ?? "";
  const owner = search.get("owner") ?? "";
  const cursor = search.get("cursor") ?? "";
  const onlyOverdue = search.get("overdue") === "yes";
  const onlyRunning = search.get("running") === "yes";
  const plans = useRead(
    "/recovery-plans",
    { query: { limit: 100, q, owner, cursor } },
    { keepPrevious: true },
  );
  const drills = useDashboard().data?.drills.data?.plans ?? [];
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
  const isFiltered = q !== "" || owner !== "" || onlyOverdue || onlyRunning;
  return (
    <Page title="Recovery plans" actions={<NewPlan />}>
      <div className="filters">
        <Find label="Name begins with" value={q} change={(value) => set("q", value)} />
        <Find label="Owner" value={owner} change={(value) => set("owner", value)} />
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
          const now = serverNow();
          const rows = rowsOf(items, drills).filter(
            (row) => (!onlyOverdue || isOverdue(row, now)) && (!onlyRunning || isRunning(row)),
          );
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
