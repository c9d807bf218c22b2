import { duration, roughDuration, secondsBetween } from "../format/durations";
import { useSecond, useTime } from "../frame/Clock";
import { ONCE } from "../live/pace";
import { useRead } from "../live/use_read";
import { Elapsed } from "../parts/Elapsed";
import { Time } from "../parts/Time";
import { CountsBar } from "../states/CountsBar";
import { forecastOf } from "./forecast";
import { type Detail, hasEnded } from "./run";

/** The plan's targets, of the version that is run; null where there is none or it was changed since. */
export function useTargets({ execution }: Detail): { rto: number | null; rpo: number | null } {
  const versions = useRead(
    "/recovery-plans/{planId}/versions",
    { path: { planId: execution.planId }, query: { limit: 100 } },
    { pace: ONCE },
  );
  const plan = versions.data?.items.find(({ version }) => version === execution.planVersion);
  return { rto: execution.rtoMinutes ?? plan?.rtoMinutes ?? null, rpo: plan?.rpoMinutes ?? null };
}

export function Figures({ detail }: { detail: Detail }) {
  const { execution, timing } = detail;
  const { rto, rpo } = useTargets(detail);
  const ended = hasEnded(execution);
  return (
    <dl className="figures-row">
      <div>
        <dt>{ended ? "Took" : "Elapsed"}</dt>
        <dd className="figure figures">
          {execution.endedAt === null ? (
            <Elapsed since={execution.startedAt} />
          ) : (
            duration(
              timing.totalSeconds ?? secondsBetween(execution.startedAt, Date.parse(execution.endedAt)),
            )
          )}
        </dd>
        <dd className="quiet">
          {rto === null ? "no RTO in the plan" : <Target detail={detail} rto={rto} />}
        </dd>
      </div>
      <div>
        <dt>{ended ? "Expected" : "Forecast end"}</dt>
        {ended ? (
          <dd className="figure">{roughDuration(expectedOf(detail))}</dd>
        ) : (
          <ForecastFigure detail={detail} rto={rto} />
        )}
        <dd className="quiet">{pathText(timing.criticalPath)}</dd>
      </div>
      <div className="figures-wide">
        <dt>Servers</dt>
        <dd>
          <CountsBar counts={execution.counts} total={execution.serverCount} />
        </dd>
      </div>
      <div>
        <dt>Data</dt>
        <dd className="figure">
          {execution.pointInTime === null ? "Newest" : <Time at={execution.pointInTime} />}
        </dd>
        <dd className="quiet">
          {execution.pointSkewSeconds === null ? "" : `spread ${duration(execution.pointSkewSeconds)} · `}
          {rpo === null ? "no RPO in the plan" : `RPO ${rpo} min`}
        </dd>
      </div>
    </dl>
  );
}

function Target({ detail, rto }: { detail: Detail; rto: number }) {
  const now = useSecond();
  const { startedAt, endedAt } = detail.execution;
  const seconds = secondsBetween(startedAt, endedAt === null ? now : Date.parse(endedAt));
  const over = seconds - rto * 60;
  if (over <= 0) return <>of {rto} min RTO</>;
  return (
    <span className="mark-attention">
      {roughDuration(over)} over the RTO of {rto} min
    </span>
  );
}

function ForecastFigure({ detail, rto }: { detail: Detail; rto: number | null }) {
  // Once in ten seconds is enough for a forecast, and keeps it from flickering.
  const now = useTime(10);
  const { end, note } = forecastOf(detail, now);
  if (end === null) return <dd>{note}</dd>;
  const over = rto === null ? 0 : (end - Date.parse(detail.execution.startedAt)) / 1_000 - rto * 60;
  return (
    <>
      <dd className="figure">
        about <Time at={end} as="near" withZone />
      </dd>
      {note === "" ? null : <dd className="quiet">{note}</dd>}
      {over > 0 ? <dd className="mark-attention">About {roughDuration(over)} over the RTO</dd> : null}
    </>
  );
}

function expectedOf({ timing }: Detail): number {
  const of = new Map(timing.waves.map((wave) => [wave.waveNumber, wave.plannedSeconds]));
  return timing.criticalPath.reduce((sum, number) => sum + (of.get(number) ?? 0), 0);
}

function pathText(path: readonly number[]): string {
  return path.length === 0 ? "" : `critical path: ${path.join(" → ")}`;
}
