import { duration, roughDuration, secondsBetween } from "../format/durations";
import { useSecond, useTime } from "../frame/Clock";
import { ONCE } from "../live/pace";
import { useRead } from "../live/use_read";
import { Elapsed } from "../parts/Elapsed";
import { Time } from "../parts/Time";
import { CountsBar } from "../states/CountsBar";
import { driftOf, forecastOf } from "./forecast";
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
      {ended ? <Expected detail={detail} /> : <ForecastEnd detail={detail} rto={rto} />}
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
          {rpo === null ? "no RPO in the plan" : `RPO ${duration(60 * rpo)}`}
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
  if (over <= 0) return <>of {duration(60 * rto)} RTO</>;
  return (
    <span className="mark-attention">
      {roughDuration(over)} over the RTO of {duration(60 * rto)}
    </span>
  );
}

function Expected({ detail }: { detail: Detail }) {
  return (
    <div>
      <dt>Expected</dt>
      <dd className="figure">{roughDuration(detail.forecast.plannedP50Seconds ?? expectedOf(detail))}</dd>
      <dd className="quiet">{driftOf(detail)}</dd>
      <dd className="quiet">{pathText(detail.timing.criticalPath)}</dd>
    </div>
  );
}

function ForecastEnd({ detail, rto }: { detail: Detail; rto: number | null }) {
  const { forecast, timing } = detail;
  return (
    <div>
      <dt>Forecast end</dt>
      <ForecastFigure detail={detail} rto={rto} />
      <dd className="quiet">
        {pathText(forecast.endAt === null ? timing.criticalPath : forecast.criticalPath)}
      </dd>
    </div>
  );
}

function ForecastFigure({ detail, rto }: { detail: Detail; rto: number | null }) {
  // Once in ten seconds is enough for a forecast, and keeps it from flickering.
  const now = useTime(10);
  const { end, earliest, latest, note } = forecastOf(detail, now);
  if (end === null || earliest === null || latest === null) return <dd>{note}</dd>;
  return (
    <>
      <dd className="figure">
        about <Time at={end} as="near" withZone />
      </dd>
      {latest - earliest < 60_000 ? null : (
        <dd className="quiet">
          probably <Time at={earliest} as="near" /> to <Time at={latest} as="near" />
        </dd>
      )}
      {note === "" ? null : <dd className="quiet">{note}</dd>}
      <OverRto detail={detail} rto={rto} end={end} latest={latest} />
    </>
  );
}

interface OverRtoProps {
  detail: Detail;
  rto: number | null;
  end: number;
  latest: number;
}

function OverRto({ detail, rto, end, latest }: OverRtoProps) {
  if (rto === null) return null;
  const due = Date.parse(detail.execution.startedAt) + rto * 60_000;
  if (end > due) {
    return <dd className="mark-attention">About {roughDuration((end - due) / 1_000)} over the RTO</dd>;
  }
  return latest > due ? <dd className="mark-attention">It may pass the RTO</dd> : null;
}

function expectedOf({ timing }: Detail): number {
  const of = new Map(timing.waves.map((wave) => [wave.waveNumber, wave.plannedSeconds]));
  return timing.criticalPath.reduce((sum, number) => sum + (of.get(number) ?? 0), 0);
}

function pathText(path: readonly number[]): string {
  return path.length === 0 ? "" : `critical path: ${path.join(" → ")}`;
}
