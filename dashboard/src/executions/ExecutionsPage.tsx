import Button from "@cloudscape-design/components/button";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table, { type TableProps } from "@cloudscape-design/components/table";
import { useState } from "react";
import { useSearchParams } from "react-router";
import type { Schemas } from "../api/schemas";
import { PageButtons, usePages } from "../execution/pages";
import { Choice } from "../execution/servers/ServerFilters";
import { duration } from "../format/durations";
import { CountsBar } from "../home/CountsBar";
import type { Pace } from "../live/pace";
import { serverNow } from "../live/server_clock";
import { useRead } from "../live/use_read";
import { AppLink } from "../parts/AppLink";
import { Elapsed } from "../parts/Elapsed";
import { Loaded } from "../parts/Loaded";
import { Page } from "../parts/Page";
import { Time } from "../parts/Time";
import { ModeBadge } from "../states/ModeBadge";
import { EXECUTION } from "../states/marks";
import { StateMark } from "../states/StateMark";
import { DAYS, type Filters, filtersOf, isDefault, queryOf, withFilter } from "./filters";
import "../execution/execution.css";

type Execution = Schemas["ListedExecution"];

const STATUSES = Object.keys(EXECUTION) as (keyof typeof EXECUTION)[];
const BUSY: Pace = { visible: 10, hidden: 60 };
const QUIET: Pace = { visible: 60, hidden: null };

const COLUMNS: TableProps.ColumnDefinition<Execution>[] = [
  {
    id: "plan",
    header: "Plan",
    isRowHeader: true,
    cell: ({ executionId, planName, planVersion }) => (
      <>
        <AppLink to={`/executions/${executionId}`}>{planName}</AppLink>{" "}
        <span className="quiet">version {planVersion}</span>
      </>
    ),
  },
  { id: "mode", header: "Mode", cell: ({ mode }) => <ModeBadge mode={mode} /> },
  { id: "status", header: "Status", cell: ({ status }) => <StateMark kind="execution" value={status} /> },
  { id: "started", header: "Started", minWidth: 130, cell: ({ startedAt }) => <Time at={startedAt} /> },
  { id: "by", header: "By", cell: ({ initiatedBy }) => initiatedBy || "not known" },
  {
    id: "duration",
    header: "Duration",
    cell: (execution) => <Duration execution={execution} />,
  },
  {
    id: "servers",
    header: "Servers",
    minWidth: 170,
    cell: ({ counts, serverCount }) => <CountsBar counts={counts} total={serverCount} />,
  },
  {
    id: "instances",
    header: "Instances left",
    cell: ({ instancesLeft }) => instancesLeft ?? "not known",
  },
  { id: "waves", header: "Waves", cell: ({ waveCount }) => waveCount },
];

const MET = { true: "✓ met:", false: "✕ not met:", null: "" } as const;

function Duration({ execution }: { execution: Execution }) {
  const { startedAt, durationSeconds, rtoMinutes, rtoMet } = execution;
  return (
    <>
      {durationSeconds === null ? <Elapsed since={startedAt} /> : duration(durationSeconds)}
      {rtoMinutes === null ? null : (
        <div className={rtoMet === false ? "mark-failed" : "quiet"}>
          {MET[`${rtoMet}`]} RTO {rtoMinutes} min
        </div>
      )}
    </>
  );
}

export default function ExecutionsPage() {
  const [search, setSearch] = useSearchParams();
  const filters = filtersOf(search, STATUSES);
  const filter = (change: Partial<Filters>) =>
    setSearch((before) => withFilter(before, change), { replace: true });
  return (
    <Page title="Executions">
      <SpaceBetween size="s">
        <FilterBar filters={filters} filter={filter} />
        <History key={search.toString()} filters={filters} onClear={() => setSearch({}, { replace: true })} />
      </SpaceBetween>
    </Page>
  );
}

interface BarProps {
  filters: Filters;
  filter: (change: Partial<Filters>) => void;
}

function FilterBar({ filters, filter }: BarProps) {
  const plans = useRead("/recovery-plans", { query: { limit: 100 } });
  const offered = (plans.data?.items ?? []).map((item) => ({
    value: item.plan.planId,
    label: item.plan.name,
  }));
  return (
    <div className="filters">
      <Choice
        label="Plan"
        all="All plans"
        options={offered}
        value={filters.plan}
        onChange={(plan) => filter({ plan })}
      />
      <Choice
        label="Mode"
        all="Drills and recoveries"
        options={["DRILL", "RECOVERY"].map((value) => ({ value, label: value }))}
        value={filters.mode}
        onChange={(mode) => filter({ mode: mode as Filters["mode"] })}
      />
      <Choice
        label="Status"
        all="Every status"
        options={STATUSES.map((value) => ({ value, label: EXECUTION[value].word }))}
        value={filters.status}
        onChange={(status) => filter({ status: status as Filters["status"] })}
      />
      <ByField key={filters.by} by={filters.by} onChange={(by) => filter({ by })} />
      <Choice
        label="Started"
        all="Whenever started"
        options={DAYS.filter(Boolean).map((days) => ({
          value: String(days),
          label: days === 1 ? "Since yesterday" : `Last ${days} days`,
        }))}
        value={filters.days === 0 ? "" : String(filters.days)}
        onChange={(days) => filter({ days: days === "" ? 0 : Number(days) })}
      />
    </div>
  );
}

/** The API compares whole addresses, so that it is asked when one has been typed, not at each letter. */
function ByField({ by, onChange }: { by: string; onChange: (by: string) => void }) {
  const [typed, setTyped] = useState(by);
  const apply = () => {
    if (typed.trim() !== by) onChange(typed.trim());
  };
  return (
    <Input
      type="search"
      value={typed}
      placeholder="Started by (address)"
      ariaLabel="Started by"
      onChange={({ detail: { value } }) => setTyped(value)}
      onBlur={apply}
      onKeyDown={({ detail: { key } }) => {
        if (key === "Enter") apply();
      }}
    />
  );
}

function History({ filters, onClear }: { filters: Filters; onClear: () => void }) {
  const pages = usePages();
  const executions = useRead(
    "/executions",
    { query: { ...queryOf(filters, serverNow()), cursor: pages.cursor } },
    {
      keepPrevious: true,
      pace: (page) => (page?.items.some(({ endedAt }) => endedAt === null) ? BUSY : QUIET),
    },
  );
  return (
    <Loaded result={executions} what="The executions">
      {({ items, nextCursor }) => (
        <SpaceBetween size="s">
          <Table
            items={items}
            columnDefinitions={COLUMNS}
            trackBy="executionId"
            enableKeyboardNavigation
            wrapLines
            ariaLabels={{ tableLabel: "Executions, newest first" }}
            empty={<Nothing filters={filters} hasMore={nextCursor !== null} onClear={onClear} />}
          />
          <PageButtons pages={pages} next={nextCursor} />
        </SpaceBetween>
      )}
    </Loaded>
  );
}

function Nothing({ filters, hasMore, onClear }: { filters: Filters; hasMore: boolean; onClear: () => void }) {
  if (hasMore) return <>None on this page; older ones may match.</>;
  if (isDefault(filters))
    return <>Nothing was started within the last 30 days. Start a drill from its plan.</>;
  return (
    <span>
      No execution matches. <Button onClick={onClear}>Clear the filter</Button>
    </span>
  );
}
