import { duration } from "../../format/durations";
import { Time } from "../../parts/Time";
import { StateMark } from "../../states/StateMark";
import { type Detail, waveTitle } from "../run";

/** The figures of the chart, for print and for screen readers too. */
export function TimesTable({ detail: { waves, timing } }: { detail: Detail }) {
  const times = new Map(timing.waves.map((wave) => [wave.waveNumber, wave]));
  return (
    <div className="scrolls">
      <table className="plain-table">
        <thead>
          <tr>
            {["Wave", "State", "Ready", "Started", "Ended", "Expected", "Took", "In DRS", "Overhead"].map(
              (name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ),
            )}
          </tr>
        </thead>
        <tbody>
          {waves.map((wave) => {
            const timed = times.get(wave.waveNumber);
            return (
              <tr key={wave.waveNumber}>
                <th scope="row">
                  {waveTitle(wave)}
                  {timing.criticalPath.includes(wave.waveNumber) ? " (critical path)" : ""}
                </th>
                <td>
                  <StateMark kind="wave" value={wave.status} />
                </td>
                {[wave.readyAt, wave.startedAt, wave.endedAt].map((at, index) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: three columns that never move
                  <td key={index}>{at === null ? "–" : <Time at={at} as="clock" />}</td>
                ))}
                {[wave.expectedSeconds, timed?.actualSeconds, timed?.drsSeconds, timed?.overheadSeconds].map(
                  (seconds, index) => (
                    // biome-ignore lint/suspicious/noArrayIndexKey: four columns that never move
                    <td key={index} className="figures">
                      {seconds == null ? "–" : duration(seconds)}
                    </td>
                  ),
                )}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
