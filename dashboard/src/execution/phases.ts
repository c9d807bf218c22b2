// What DRS is doing with a server, from the log of its job: snapshot, conversion, launch.
import type { Schemas } from "../api/schemas";
import type { Span } from "./forecast";

type LogLine = Schemas["JobLogLine"];

export interface Segment extends Span {
  letter: "S" | "C" | "L" | "V";
}

export const SEGMENT_WORDS: Record<Segment["letter"], string> = {
  S: "snapshot",
  C: "conversion",
  L: "launch",
  V: "checks",
};

const BEGINS: Readonly<Record<string, Segment["letter"]>> = {
  SNAPSHOT_START: "S",
  CONVERSION_START: "C",
  LAUNCH_START: "L",
};
const ENDS = /^(SNAPSHOT|CONVERSION|LAUNCH)_(END|FAIL|FAILED)$/;

/** What DRS did with a server, from the log of its job; what has no end yet lasts until `until`. */
export function phasesOf(lines: readonly LogLine[], server: string, until: number): Segment[] {
  const own = lines
    .flatMap(({ at, event, sourceServerId }) =>
      at === null || sourceServerId !== server ? [] : [{ at: Date.parse(at), event }],
    )
    .sort((a, b) => a.at - b.at);
  const segments: Segment[] = [];
  let open: Segment | null = null;
  for (const { at, event } of own) {
    const letter = BEGINS[event];
    if (letter === undefined && !ENDS.test(event)) continue;
    if (open !== null) open.to = at;
    open = letter === undefined ? null : { letter, from: at, to: Math.max(at, until) };
    if (open !== null) segments.push(open);
  }
  return segments;
}

/** The phase that a server is in, which is the last one that has begun; undefined before the first. */
export function phaseNow(lines: readonly LogLine[], server: string): Segment | undefined {
  return phasesOf(lines, server, Number.POSITIVE_INFINITY).findLast(
    ({ to }) => to === Number.POSITIVE_INFINITY,
  );
}
