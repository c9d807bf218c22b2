import Box from "@cloudscape-design/components/box";
import Table, { type TableProps } from "@cloudscape-design/components/table";
import type { ReactNode } from "react";
import { useSearchParams } from "react-router";
import { roughDuration, secondsBetween } from "../../format/durations";
import { counted } from "../../format/numbers";
import { serverNow } from "../../live/server_clock";
import { AppButton } from "../../parts/AppButton";
import { AppLink } from "../../parts/AppLink";
import { Time } from "../../parts/Time";
import { ModeBadge } from "../../states/ModeBadge";
import { StateMark } from "../../states/StateMark";
import { minutes } from "../minutes";
import { planPath, startPath } from "../paths";
import { useNarrow } from "../use_narrow";
import { isOverdue, type Row, SORTS, type Sort, sorted } from "./rows";

interface Props {
  rows: readonly Row[];
  /** All plans that match are here, so that sorting them is true. */
  isComplete: boolean;
  empty: ReactNode;
}

type Column = TableProps.ColumnDefinition<Row> & { id: Sort };

const COLUMNS: Column[] = [
  { id: "name", header: "Plan", cell: (row) => <Name row={row} />, isRowHeader: true, minWidth: 200 },
  { id: "owner", header: "Owner", cell: ({ summary }) => summary.plan.owner || "–" },
  { id: "waves", header: "Waves", cell: ({ summary }) => summary.plan.waves.length },
  { id: "rto", header: "RTO", cell: ({ summary }) => minutes(summary.plan.rtoMinutes, "no target") },
  { id: "lastRun", header: "Last execution", cell: (row) => <LastRun row={row} />, minWidth: 210 },
  { id: "lastDrill", header: "Last good drill", cell: (row) => <LastDrill row={row} />, minWidth: 170 },
  { id: "nextDrill", header: "Next drill", cell: (row) => <NextDrill row={row} /> },
];

/** The plans as a table, or as cards on a phone. */
export function PlansTable({ rows, isComplete, empty }: Props) {
  const [search, setSearch] = useSearchParams();
  const isNarrow = useNarrow();
  const by = SORTS.find((sort) => sort === search.get("sort")) ?? "name";
  const descending = search.get("order") === "down";
  const shown = isComplete ? sorted(rows, by, descending) : [...rows];
  if (isNarrow) return <PlanCards rows={shown} empty={empty} />;
  const columns = isComplete ? COLUMNS.map((column) => ({ ...column, sortingField: column.id })) : COLUMNS;
  return (
    <Table
      items={shown}
      trackBy={({ summary }) => summary.plan.planId}
      columnDefinitions={columns}
      variant="container"
      wrapLines
      enableKeyboardNavigation
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

function PlanCards({ rows, empty }: { rows: readonly Row[]; empty: ReactNode }) {
  if (rows.length === 0) return <div className="plan-text">{empty}</div>;
  return (
    <ul className="rows plan-text">
      {rows.map((row) => (
        <li key={row.summary.plan.planId} className="row">
          <div className="row-main">
            <Name row={row} />
            <div className="quiet">
              {counted(row.summary.plan.waves.length, "wave")} · RTO{" "}
              {minutes(row.summary.plan.rtoMinutes, "no target")}
            </div>
            <LastRun row={row} />
          </div>
          <AppButton to={startPath(row.summary.plan.planId)} fullWidth>
            Start …
          </AppButton>
        </li>
      ))}
    </ul>
  );
}

function Name({ row: { summary } }: { row: Row }) {
  return (
    <AppLink to={planPath(summary.plan.planId)} variant="primary">
      {summary.plan.name}
    </AppLink>
  );
}

function LastRun({ row: { summary } }: { row: Row }) {
  const run = summary.lastExecution;
  if (run === null) return <span className="quiet">Never run</span>;
  return (
    <div>
      <span className="marks">
        <ModeBadge mode={run.mode} />
        <AppLink
          to={`/executions/${run.executionId}`}
          ariaLabel={`The last execution of ${summary.plan.name}`}
        >
          <StateMark kind="execution" value={run.status} />
        </AppLink>
      </span>
      <div className="quiet">
        <Time at={run.startedAt} />
      </div>
    </div>
  );
}

function LastDrill({ row }: { row: Row }) {
  if (row.drills === undefined) return <span className="quiet">Not known</span>;
  const { lastDrillAt } = row.drills;
  const overdue = isOverdue(row, serverNow());
  return (
    <div>
      {lastDrillAt === null ? "Never" : `${roughDuration(secondsBetween(lastDrillAt, serverNow()))} ago`}
      <div className={overdue ? "mark-attention" : "quiet"}>
        {overdue ? "overdue since " : "due by "}
        <Time at={row.drills.overdueFrom} as="near" />
      </div>
    </div>
  );
}

function NextDrill({ row: { summary } }: { row: Row }) {
  const at = summary.plan.nextDrillAt;
  return at === null ? <span className="quiet">Not scheduled</span> : <Time at={at} as="near" withZone />;
}
