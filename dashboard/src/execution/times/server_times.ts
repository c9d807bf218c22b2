// The servers of a wave over time: which are shown, and what DRS and the checks did when.
import type { Schemas } from "../../api/schemas";
import { byName } from "../../format/names";
import type { Span } from "../forecast";
import { phasesOf, type Segment } from "../phases";
import type { Row } from "../servers/gathered";

type Step = Schemas["ExecutionStep"];

export interface ServerTimes {
  row: Row;
  /** From the beginning of the launch to its end, or until now; null if it has not begun. */
  whole: Span | null;
  segments: Segment[];
}

export const MOST_SHOWN = 20;

/** The servers of a wave that are shown under it: failed ones first, then those that take or took longest. */
export function shownUnder(rows: Iterable<Row>, wave: number, now: number): { shown: Row[]; count: number } {
  const own = [...rows].filter(({ waveNumber }) => waveNumber === wave);
  const seconds = new Map(own.map((row) => [row, lengthOf(wholeOf(row, now))]));
  own.sort(
    (a, b) =>
      Number(b.status === "FAILED") - Number(a.status === "FAILED") ||
      (seconds.get(b) ?? 0) - (seconds.get(a) ?? 0) ||
      byName(a.hostname, b.hostname),
  );
  return { shown: own.slice(0, MOST_SHOWN), count: own.length };
}

export function timesOf(
  row: Row,
  known: { lines: readonly Schemas["JobLogLine"][]; steps: readonly Step[] },
  now: number,
): ServerTimes {
  const whole = wholeOf(row, now);
  const launched = whole === null ? [] : phasesOf(known.lines, row.sourceServerId, whole.to);
  const checks = checksOf(known.steps, row.sourceServerId, now);
  return { row, whole, segments: checks === null ? launched : [...launched, checks] };
}

function checksOf(steps: readonly Step[], server: string, now: number): Segment | null {
  const own = steps.filter(
    ({ phase, sourceServerId }) => phase === "VALIDATION" && sourceServerId === server,
  );
  if (own.length === 0) return null;
  const from = Math.min(...own.map(({ startedAt }) => Date.parse(startedAt)));
  const to = Math.max(...own.map(({ endedAt }) => (endedAt === null ? now : Date.parse(endedAt))));
  return { letter: "V", from, to: Math.max(from, to) };
}

function wholeOf({ details }: Row, now: number): Span | null {
  if (details?.startedAt == null) return null;
  const from = Date.parse(details.startedAt);
  return { from, to: Math.max(from, details.endedAt === null ? now : Date.parse(details.endedAt)) };
}

function lengthOf(span: Span | null): number {
  return span === null ? 0 : span.to - span.from;
}
