import { duration } from "../../format/durations";
import { StateMark } from "../../states/StateMark";
import type { Segment } from "../phases";
import type { WaveTimes } from "./use_server_times";

const LETTERS: readonly Segment["letter"][] = ["S", "C", "L", "V"];

/** The figures of the servers in the chart, for print and for screen readers too. */
export function ServerTimesTable({ opened: { servers } }: { opened: WaveTimes }) {
  if (servers.length === 0) return null;
  return (
    <div className="scrolls">
      <table className="plain-table">
        <caption className="for-readers">Servers of the open wave</caption>
        <thead>
          <tr>
            {["Server", "State", "Snapshot", "Conversion", "Launch", "Checks", "In all"].map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {servers.map(({ row, whole, segments }) => (
            <tr key={row.sourceServerId}>
              <th scope="row">{row.hostname}</th>
              <td>
                <StateMark kind="server" value={row.status} />
              </td>
              {LETTERS.map((letter) => (
                <td key={letter} className="figures">
                  {lengthOf(segments.filter((segment) => segment.letter === letter))}
                </td>
              ))}
              <td className="figures">{whole === null ? "–" : duration((whole.to - whole.from) / 1_000)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function lengthOf(segments: readonly Segment[]): string {
  if (segments.length === 0) return "–";
  return duration(segments.reduce((sum, { from, to }) => sum + to - from, 0) / 1_000);
}
