import { duration } from "../../format/durations";
import { counted } from "../../format/numbers";
import { SERVER_IN_RUN } from "../../states/marks";
import type { Span } from "../forecast";
import { NodeGlyph } from "../graph/NodeGlyph";
import { SEGMENT_WORDS, type Segment } from "../phases";
import type { ServerTimes } from "./server_times";
import { shortened } from "./shortened";
import type { WaveTimes } from "./use_server_times";

interface Props {
  opened: WaveTimes;
  y: number;
  left: number;
  width: number;
  scale: (at: number) => number;
  onServer: (server: string) => void;
  onAll: () => void;
}

const LINE = 24;
const BAR = 14;
const ROOM_FOR_LETTER = 13;
/** From this width of the names on, servers are indented under their wave. */
const WIDE = 160;

export function heightOfServers({ servers }: WaveTimes): number {
  return (servers.length + 1) * LINE;
}

/** The servers of the open wave, failed and slowest first, and a way to all of them. */
export function ServerRows({ opened, y, left, width, scale, onServer, onAll }: Props) {
  const { servers, count, note } = opened;
  const last = y + servers.length * LINE + 16;
  return (
    <g>
      {servers.map((times, index) => (
        <ServerRow
          key={times.row.sourceServerId}
          times={times}
          y={y + index * LINE}
          left={left}
          width={width}
          scale={scale}
          onServer={onServer}
        />
      ))}
      {note === "" ? (
        // biome-ignore lint/a11y/useSemanticElements: a button of HTML cannot stand in a drawing
        <text
          x={26}
          y={last}
          className="gantt-more"
          role="button"
          tabIndex={0}
          onClick={onAll}
          onKeyDown={({ key }) => (key === "Enter" || key === " " ? onAll() : undefined)}
        >
          {servers.length < count ? `All ${counted(count, "server")} in Servers` : "Show them in Servers"}
        </text>
      ) : (
        <text x={26} y={last} className="gantt-note">
          {note}
        </text>
      )}
    </g>
  );
}

interface RowProps extends Omit<Props, "opened" | "onAll"> {
  times: ServerTimes;
}

function ServerRow({ times, y, left, width, scale, onServer }: RowProps) {
  const { row, whole, segments } = times;
  const { family, glyph } = SERVER_IN_RUN[row.status];
  const choose = () => onServer(row.sourceServerId);
  const indent = left < WIDE ? 4 : 26;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a button of HTML cannot stand in a drawing
    <g
      role="button"
      tabIndex={0}
      className={`gantt-server node-${family}`}
      onClick={choose}
      onKeyDown={({ key }) => (key === "Enter" || key === " " ? choose() : undefined)}
    >
      <title>{serverSentence(times)}</title>
      <rect className="gantt-ground" x="0" y={y} width={width} height={LINE} />
      <NodeGlyph glyph={glyph} x={indent} y={y + 4} />
      <text className="gantt-server-name" x={indent + 22} y={y + 16}>
        {shortened(row.hostname, left - indent + 4)}
      </text>
      {whole === null || segments.length > 0 ? null : <Bar span={whole} y={y} scale={scale} />}
      {segments.map((segment) => (
        <Bar
          key={`${segment.letter} ${segment.from}`}
          span={segment}
          y={y}
          scale={scale}
          letter={segment.letter}
        />
      ))}
    </g>
  );
}

interface BarProps {
  span: Span;
  y: number;
  scale: (at: number) => number;
  letter?: Segment["letter"];
}

function Bar({ span, y, scale, letter }: BarProps) {
  const from = scale(span.from);
  const width = Math.max(2, scale(span.to) - from - 1);
  const kind = letter?.toLowerCase() ?? "whole";
  return (
    <>
      <rect
        className={`gantt-segment gantt-segment-${kind}`}
        x={from}
        y={y + 5}
        width={width}
        height={BAR}
        rx="2"
      />
      {letter === undefined || width < ROOM_FOR_LETTER ? null : (
        <text
          className={`gantt-letter gantt-letter-${kind}`}
          x={from + width / 2}
          y={y + 16}
          textAnchor="middle"
        >
          {letter}
        </text>
      )}
    </>
  );
}

/** "web-1: Launched, snapshot 2 min 3 s, conversion 8 min" */
export function serverSentence({ row, whole, segments }: ServerTimes): string {
  const parts = segments.map(
    ({ letter, from, to }) => `${SEGMENT_WORDS[letter]} ${duration((to - from) / 1_000)}`,
  );
  const took = whole === null ? [] : [`in all ${duration((whole.to - whole.from) / 1_000)}`];
  return [`${row.hostname}: ${SERVER_IN_RUN[row.status].word}`, ...parts, ...took].join(", ");
}
