import type { Schemas } from "../api/schemas";
import { duration } from "../format/durations";
import { counted } from "../format/numbers";
import type { CsvColumn } from "../lists/csv";
import type { TableProps } from "../lists/Table";
import { AppLink } from "../parts/AppLink";
import { Elapsed } from "../parts/Elapsed";
import { Time } from "../parts/Time";
import { CountsBar } from "../states/CountsBar";
import { GlyphIcon } from "../states/GlyphIcon";
import { ModeBadge } from "../states/ModeBadge";
import { StateMark } from "../states/StateMark";

export type Listed = Schemas["ListedExecution"];
type Column = TableProps.ColumnDefinition<Listed>;

const PLAN: Column = {
  id: "plan",
  header: "Plan and mode",
  isRowHeader: true,
  minWidth: 140,
  cell: ({ executionId, planName, planVersion, mode }) => (
    <>
      <AppLink to={`/executions/${executionId}`} variant="primary">
        {planName}
      </AppLink>{" "}
      <span className="quiet whole">version {planVersion}</span>
      <div>
        <ModeBadge mode={mode} />
      </div>
    </>
  ),
};

const SHARED: readonly Column[] = [
  { id: "status", header: "Status", minWidth: 120, cell: (execution) => <Status execution={execution} /> },
  {
    id: "started",
    header: "Started",
    minWidth: 170,
    cell: ({ startedAt, initiatedBy }) => (
      <>
        <Time at={startedAt} />
        <div className="quiet wrapped">by {initiatedBy || "an unknown caller"}</div>
      </>
    ),
  },
  { id: "duration", header: "Duration", minWidth: 115, cell: (execution) => <Took execution={execution} /> },
  {
    id: "servers",
    header: "Servers and waves",
    minWidth: 160,
    cell: ({ counts, serverCount, waveCount }) => (
      <>
        <CountsBar counts={counts} total={serverCount} />
        <span className="quiet"> in {counted(waveCount, "wave")}</span>
      </>
    ),
  },
  {
    id: "instances",
    header: "Instances left",
    minWidth: 90,
    cell: (execution) => <InstancesLeft execution={execution} />,
  },
];

const EVIDENCE: Column = {
  id: "evidence",
  header: "Evidence",
  cell: ({ executionId, planName, startedAt }) => (
    <AppLink
      to={`/audit/verify?executionId=${executionId}`}
      ariaLabel={`Verify the timeline of ${planName}, started ${startedAt}`}
    >
      Verify
    </AppLink>
  ),
};

/** The columns of the history; the evidence only for those who may read the audit log. */
export function historyColumns(mayVerify: boolean): Column[] {
  return [PLAN, ...SHARED, ...(mayVerify ? [EVIDENCE] : [])];
}

/** The columns where all runs are of one plan. */
export const PLAN_COLUMNS: readonly Column[] = [
  {
    id: "run",
    header: "Status",
    isRowHeader: true,
    minWidth: 170,
    cell: ({ executionId, mode, status, outcomeReason }) => (
      <>
        <ModeBadge mode={mode} />{" "}
        <AppLink to={`/executions/${executionId}`} variant="primary">
          <StateMark kind="execution" value={status} />
        </AppLink>
        {outcomeReason === "" ? null : <div className="quiet">{outcomeReason}</div>}
      </>
    ),
  },
  ...SHARED.filter(({ id }) => id !== "status"),
  { id: "version", header: "Version", cell: ({ planVersion }) => planVersion },
];

function Status({ execution: { status, outcomeReason } }: { execution: Listed }) {
  // Of a run that was completed the reason only repeats what the servers' column says.
  return (
    <>
      <StateMark kind="execution" value={status} />
      {outcomeReason === "" || status === "COMPLETED" ? null : <div className="quiet">{outcomeReason}</div>}
    </>
  );
}

/** How long it took, or has been running, and whether that is within its target. */
export function Took({
  execution: { startedAt, durationSeconds, rtoMinutes, rtoMet },
}: {
  execution: Listed;
}) {
  return (
    <>
      <span className="figures">
        {durationSeconds === null ? <Elapsed since={startedAt} /> : duration(durationSeconds)}
      </span>
      {rtoMinutes === null ? null : <Target rto={duration(60 * rtoMinutes)} isMet={rtoMet} />}
    </>
  );
}

function Target({ rto, isMet }: { rto: string; isMet: boolean | null }) {
  if (isMet === null) return <div className="quiet">RTO {rto}</div>;
  return (
    <div>
      <span className={`mark mark-${isMet ? "good" : "failed"}`}>
        <GlyphIcon glyph={isMet ? "check" : "cross"} size={14} />
        RTO {rto} {isMet ? "met" : "not met"}
      </span>
    </div>
  );
}

function InstancesLeft({ execution: { executionId, instancesLeft, cleanupAt } }: { execution: Listed }) {
  if (instancesLeft === null) return <span className="quiet">not known</span>;
  if (instancesLeft === 0) return <>none</>;
  return (
    <>
      <AppLink to={`/executions/${executionId}?view=instances`}>{instancesLeft}</AppLink>
      {cleanupAt === null ? null : (
        <div className="quiet">
          terminated from <Time at={cleanupAt} as="near" withZone /> on
        </div>
      )}
    </>
  );
}

export const CSV_COLUMNS: readonly CsvColumn<Listed>[] = [
  { name: "execution", value: ({ executionId }) => executionId },
  { name: "plan", value: ({ planName }) => planName },
  { name: "plan version", value: ({ planVersion }) => planVersion },
  { name: "mode", value: ({ mode }) => mode },
  { name: "status", value: ({ status }) => status },
  { name: "reason of the outcome", value: ({ outcomeReason }) => outcomeReason },
  { name: "started", value: ({ startedAt }) => startedAt },
  { name: "ended", value: ({ endedAt }) => endedAt },
  { name: "started by", value: ({ initiatedBy }) => initiatedBy },
  { name: "reason of the start", value: ({ reason }) => reason },
  { name: "seconds", value: ({ durationSeconds }) => durationSeconds },
  { name: "RTO in minutes", value: ({ rtoMinutes }) => rtoMinutes },
  { name: "RTO met", value: ({ rtoMet }) => (rtoMet === null ? "" : rtoMet ? "yes" : "no") },
  { name: "servers", value: ({ serverCount }) => serverCount },
  { name: "launched", value: ({ counts }) => (counts === null ? "" : counts.launched + counts.validated) },
  { name: "failed", value: ({ counts }) => counts?.failed },
  { name: "waves", value: ({ waveCount }) => waveCount },
  { name: "instances left", value: ({ instancesLeft }) => instancesLeft },
  { name: "clean-up", value: ({ cleanupAt }) => cleanupAt },
];
