import Box from "@cloudscape-design/components/box";
import type { ReactNode } from "react";
import { useSearchParams } from "react-router";
import { RunCell } from "../../executions/grid/RunCell";
import { roughDuration, secondsBetween } from "../../format/durations";
import { counted } from "../../format/numbers";
import Table, { type TableProps } from "../../lists/Table";
import { serverNow } from "../../live/server_clock";
import { AppLink } from "../../parts/AppLink";
import { Time } from "../../parts/Time";
import { useNarrow } from "../../parts/use_narrow";
import { ModeBadge } from "../../states/ModeBadge";
import { markOf } from "../../states/marks";
import { StateMark } from "../../states/StateMark";
import { LastRto } from "../LastRto";
import { minutes } from "../minutes";
import { planPath } from "../paths";
import { StartButton } from "../start/StartButton";
import { placesOf, type Row, SORTS, type Sort, sorted } from "./rows";

interface Props {
  rows: readonly Row[];
  /** All plans that match are here, so that sorting them is true. */
  isComplete: boolean;
  empty: ReactNode;
}

type Column = TableProps.ColumnDefinition<Row> & { id: Sort };

const COLUMNS: Column[] = [
  { id: "name", header: "Plan", cell: (row) => <Name row={row} />, isRowHeader: true, minWidth: 115 },
  { id: "servers", header: "Servers", cell: (row) => <Servers row={row} />, minWidth: 115 },
  { id: "rto", header: "RTO", cell: (row) => <Rto row={row} />, minWidth: 110 },
  { id: "lastRun", header: "Last execution", cell: (row) => <LastRun row={row} />, minWidth: 160 },
  { id: "lastDrill", header: "Last good drill", cell: (row) => <LastDrill row={row} />, minWidth: 110 },
  { id: "nextDrill", header: "Next drill", cell: (row) => <NextDrill row={row} /> },
  { id: "owner", header: "Owner", cell: ({ plan }) => plan.owner || "–" },
  { id: "places", header: "Places", cell: (row) => <Places row={row} />, minWidth: 130 },
];

/** The plans, in the order that is chosen. */
export function PlansTable({ rows, isComplete, empty }: Props) {
  const [search, setSearch] = useSearchParams();
  const by = SORTS.find((sort) => sort === search.get("sort")) ?? "name";
  const descending = search.get("order") === "down";
  const shown = isComplete ? sorted(rows, by, descending) : [...rows];
  const columns = isComplete ? COLUMNS.map((column) => ({ ...column, sortingField: column.id })) : COLUMNS;
  return (
    <Table
      items={shown}
      trackBy={({ plan }) => plan.planId}
      cardAction={(row) => <StartButton row={row} />}
      columnDefinitions={columns}
      variant="container"
      wrapLines
      enableKeyboardNavigation
      contentDensity="compact"
      ariaLabels={{ tableLabel: "Recovery plans" }}
      {...(isComplete ? { sortingColumn: { sortingField: by }, sortingDescending: descending } : {})}
      onSortingChange={({ detail }) =>
        setSearch(
          (before) => {
            const next = new URLSearchParams(before);
            next.set("sort", detail.sortingColumn.sortingField ?? "name");
            if (detail.isDescending === true) next.set("order", "down");
            else next.delete("order");
            return next;
          },
          { replace: true },
        )
      }
      empty={<Box textAlign="center">{empty}</Box>}
      footer={
        isComplete
          ? undefined
          : "These are not all plans: they can be sorted when a filter leaves fewer than 100."
      }
    />
  );
}

/** A card has its button at its end. */
function Name({ row }: { row: Row }) {
  const isNarrow = useNarrow();
  return (
    <>
      <AppLink to={planPath(row.plan.planId)} variant="primary">
        {row.plan.name}
      </AppLink>
      {isNarrow ? null : (
        <div>
          <StartButton row={row} variant="inline-link" />
        </div>
      )}
    </>
  );
}

function Places({ row }: { row: Row }) {
  const places = placesOf(row);
  if (places === undefined) return <span className="quiet">Not known yet</span>;
  return (
    <>
      {places.map((place) => (
        <div key={place}>{place}</div>
      ))}
    </>
  );
}

const VERDICTS = [
  ["READY", "readyCount"],
  ["DEGRADED", "degradedCount"],
  ["BLOCKED", "blockedCount"],
] as const;

function Servers({ row: { servers, plan } }: { row: Row }) {
  if (servers === null) return <span className="quiet">Not counted yet</span>;
  return (
    <div>
      {counted(servers.serverCount, "server")} in {counted(plan.waves.length, "wave")}
      {VERDICTS.filter(([, field]) => servers[field] > 0).map(([verdict, field]) => (
        <div key={verdict}>
          <StateMark kind="readiness" value={verdict}>
            {servers[field]}
          </StateMark>
        </div>
      ))}
      <div className="quiet">
        as of <Time at={servers.asOf} as="near" />
      </div>
    </div>
  );
}

function Rto({ row: { plan, lastRtoSeconds } }: { row: Row }) {
  return (
    <div>
      {minutes(plan.rtoMinutes, "no target")}
      <div>
        <LastRto rtoMinutes={plan.rtoMinutes} seconds={lastRtoSeconds} />
      </div>
    </div>
  );
}

/** The last execution, and the signs of those before it. */
function LastRun({ row: { lastExecution: run, plan, recentRuns } }: { row: Row }) {
  if (run === null) return <span className="quiet">Never run</span>;
  const before = recentRuns.filter(({ executionId }) => executionId !== run.executionId);
  return (
    <div>
      <span className="marks">
        <ModeBadge mode={run.mode} />
        <AppLink
          to={`/executions/${run.executionId}`}
          ariaLabel={`${markOf("execution", run.status).word}: the last execution of ${plan.name}`}
        >
          <StateMark kind="execution" value={run.status} />
        </AppLink>
      </span>
      <div className="quiet">
        <Time at={run.startedAt} />
      </div>
      {before.length === 0 ? null : (
        <div className="last-runs">
          <span className="quiet">before:</span>
          {before.map((each) => (
            <RunCell key={each.executionId} run={each} />
          ))}
        </div>
      )}
    </div>
  );
}

function LastDrill({ row: { lastDrillAt, drillOverdue, overdueFrom } }: { row: Row }) {
  return (
    <div>
      {lastDrillAt === null ? "Never" : `${roughDuration(secondsBetween(lastDrillAt, serverNow()))} ago`}
      <div className={drillOverdue ? "mark-attention" : "quiet"}>
        {drillOverdue ? "overdue since " : "due by "}
        <Time at={overdueFrom} as="near" />
      </div>
    </div>
  );
}

function NextDrill({ row: { plan } }: { row: Row }) {
  const at = plan.nextDrillAt;
  return at === null ? <span className="quiet">Not scheduled</span> : <Time at={at} as="near" withZone />;
}
