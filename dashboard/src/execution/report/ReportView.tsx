import SpaceBetween from "@cloudscape-design/components/space-between";
import { duration } from "../../format/durations";
import type { ReadResult } from "../../live/use_read";
import { Loaded } from "../../parts/Loaded";
import { Time } from "../../parts/Time";
import { PrintButton } from "../../print/PrintButton";
import { ModeBadge } from "../../states/ModeBadge";
import { useTargets } from "../Figures";
import { type Detail, hasEnded, waveTitle } from "../run";
import { type Gathered, isComplete } from "../servers/gathered";
import { byUrgency } from "../servers/rows";
import { useServers } from "../servers/use_servers";
import { isByPerson, type Lines } from "../timeline/lines";
import { useTimeline } from "../timeline/use_timeline";
import { TimesTable } from "../times/TimesTable";
import type { ViewProps } from "../Views";
import { leftOvers, outcomeSentence, rtoOf } from "./sentences";

const MET = { true: "✓ met", false: "✕ not met", null: "–" } as const;

/** After the end: outcome, targets, failures, decisions, plan against actual, what is left. Made to be printed. */
export default function ReportView({ detail }: ViewProps) {
  const { execution } = detail;
  const servers = useServers(detail);
  const timeline = useTimeline(detail);
  const isReady = isAllRead(servers.data, timeline.data);
  if (!hasEnded(execution)) return <p>The report is made when the execution has ended.</p>;
  const left = leftOvers(detail);
  return (
    <div className="report">
      <SpaceBetween size="l">
        <div className="view-tools not-printed">
          <span className="quiet">{isReady ? "" : "Servers and timeline are still being read."}</span>
          <PrintButton disabledReason={isReady ? "" : "Not everything was read yet."} />
        </div>
        <section>
          <h2>
            <ModeBadge mode={execution.mode} /> Report: {execution.planName}
          </h2>
          <p>
            <strong>{outcomeSentence(detail)}</strong>
          </p>
          <p className="quiet">
            {execution.executionId} · plan version {execution.planVersion} · started{" "}
            <Time at={execution.startedAt} withZone /> by {execution.initiatedBy || "an unknown caller"}
            {execution.reason === "" ? "" : ` · reason: “${execution.reason}”`}
          </p>
        </section>
        <Targets detail={detail} />
        <Failures detail={detail} servers={servers} />
        <People timeline={timeline} />
        <section>
          <h2>Plan against actual</h2>
          <TimesTable detail={detail} />
        </section>
        <section>
          <h2>What is left</h2>
          {left.length === 0 ? (
            <p>Nothing.</p>
          ) : (
            <ul className="plain-list">
              {left.map((each) => (
                <li key={each}>{each}</li>
              ))}
            </ul>
          )}
        </section>
      </SpaceBetween>
    </div>
  );
}

function isAllRead(servers: Gathered | undefined, timeline: Lines | undefined): boolean {
  return servers !== undefined && isComplete(servers) && timeline?.older === null;
}

function Targets({ detail }: { detail: Detail }) {
  const { execution } = detail;
  const { rto, rpo } = useTargets(detail);
  const time = rtoOf(detail, rto);
  return (
    <section>
      <h2>Targets</h2>
      <table className="plain-table">
        <tbody>
          <tr>
            <th scope="row">Recovery time</th>
            <td>{time.actual}</td>
            <td>target {time.target}</td>
            <td>{MET[`${time.met}`]}</td>
          </tr>
          <tr>
            <th scope="row">Recovery point</th>
            <td>
              {execution.pointInTime === null ? (
                "newest at launch"
              ) : (
                <Time at={execution.pointInTime} withZone />
              )}
            </td>
            <td>target {rpo === null ? "none in the plan" : duration(60 * rpo)}</td>
            <td>–</td>
          </tr>
        </tbody>
      </table>
    </section>
  );
}

function Failures({ detail, servers }: { detail: Detail; servers: ReadResult<Gathered> }) {
  const failedWaves = detail.waves.filter(
    ({ outcomeReason, status }) => outcomeReason !== "" && status !== "COMPLETED",
  );
  return (
    <section>
      <h2>What failed, and why</h2>
      {failedWaves.map((wave) => (
        <p key={wave.waveNumber}>
          Wave {waveTitle(wave)}: {wave.outcomeReason}
        </p>
      ))}
      <Loaded result={servers} what="The servers">
        {({ rows }) => {
          const bad = byUrgency([...rows.values()]).filter(
            ({ status }) => status === "FAILED" || status === "EXCLUDED",
          );
          return bad.length === 0 ? (
            <p>No server failed, and none was left out.</p>
          ) : (
            <ul className="plain-list">
              {bad.map((row) => (
                <li key={row.sourceServerId}>
                  {row.hostname} (wave {row.waveNumber}, {row.details?.impact ?? "impact not read"}):{" "}
                  {row.details?.error || "no reason is known"}
                </li>
              ))}
            </ul>
          );
        }}
      </Loaded>
    </section>
  );
}

function People({ timeline }: { timeline: ReadResult<Lines> }) {
  return (
    <section>
      <h2>What people did</h2>
      <Loaded result={timeline} what="The timeline">
        {({ lines }) => (
          <ul className="plain-list">
            {lines
              .filter(isByPerson)
              .toReversed()
              .map((line) => (
                <li key={line.eventId}>
                  <Time at={line.at} withZone /> {line.message}
                </li>
              ))}
          </ul>
        )}
      </Loaded>
    </section>
  );
}
