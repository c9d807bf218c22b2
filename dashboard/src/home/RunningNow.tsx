import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import type { Schemas } from "../api/schemas";
import { forecastOf } from "../execution/forecast";
import { isWaveOver } from "../execution/run";
import { duration, roughDuration } from "../format/durations";
import { counted } from "../format/numbers";
import { useSecond } from "../frame/Clock";
import type { Pace } from "../live/pace";
import { useRead } from "../live/use_read";
import { Elapsed } from "../parts/Elapsed";
import { Time } from "../parts/Time";
import { PartProblem } from "./PartProblem";
import { RunRow } from "./RunRow";
import { rtoUsed } from "./rto";
import type { Dashboard } from "./use_dashboard";

type Execution = Schemas["Execution"];

/** Each of them costs a read of its own; the others are shown without a forecast. */
const WITH_FORECAST = 5;
const FORECAST: Pace = { visible: 10, hidden: 60 };

/** What runs, the oldest first; when nothing does, how the last runs ended. */
export function RunningNow({ part }: { part: Dashboard["running"] }) {
  const items = part.data?.items ?? [];
  return (
    <Container fitHeight header={<Header counter={`(${items.length})`}>Running</Header>}>
      <PartProblem part={part} what="Running executions" />
      {items.length === 0 && part.problem === "" ? <NothingRuns /> : null}
      <ul className="rows">
        {items.map((execution, index) => (
          <RunRow key={execution.executionId} execution={execution} withCounts>
            <div className="quiet">
              <Against execution={execution} />
              {index < WITH_FORECAST ? <Progress executionId={execution.executionId} /> : null}
            </div>
            <div className="quiet">
              started <Time at={execution.startedAt} as="near" withZone /> by{" "}
              {execution.initiatedBy || "an unknown caller"}
            </div>
          </RunRow>
        ))}
      </ul>
    </Container>
  );
}

/** How long it has been running, of what it may take. */
function Against({ execution: { startedAt, rtoMinutes } }: { execution: Execution }) {
  const used = rtoUsed(startedAt, rtoMinutes, useSecond());
  if (used === null) return <Elapsed since={startedAt} />;
  return (
    <>
      <span className="figures">
        <Elapsed since={startedAt} /> of {duration(60 * used.minutes)} RTO
      </span>
      {used.overSeconds > 0 ? (
        <span className="mark-attention"> · {roughDuration(used.overSeconds)} over</span>
      ) : null}
    </>
  );
}

function Progress({ executionId }: { executionId: string }) {
  const { data } = useRead("/executions/{executionId}", { path: { executionId } }, { pace: FORECAST });
  // Once in ten seconds is enough for a forecast, and keeps it from flickering.
  const now = Math.floor(useSecond() / 10_000) * 10_000;
  if (data === undefined) return null;
  const { end, note } = forecastOf(data, now);
  const over = data.waves.filter(isWaveOver).length;
  return (
    <>
      {" "}
      · {over} of {counted(data.waves.length, "wave")} over
      {end === null ? (
        note === "" ? null : (
          <> · {note}</>
        )
      ) : (
        <>
          {" "}
          · ends about <Time at={end} as="near" withZone /> {note}
        </>
      )}
    </>
  );
}

function NothingRuns() {
  const last = useRead("/executions", { query: { limit: 3 } });
  return (
    <>
      <p className="quiet sentence">Nothing is running.</p>
      <ul className="rows">
        {(last.data?.items ?? []).map((execution) => (
          <RunRow key={execution.executionId} execution={execution} withCounts={false}>
            <div className="quiet">
              started <Time at={execution.startedAt} as="near" withZone />
              {execution.durationSeconds === null ? "" : `, took ${duration(execution.durationSeconds)}`}
            </div>
          </RunRow>
        ))}
      </ul>
    </>
  );
}
