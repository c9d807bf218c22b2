// When a run will end if every wave takes as long as the API expects: computed as the terminal does it.
import type { Detail, Wave } from "./run";
import { hasEnded, isWaveOver, needsPerson } from "./run";

/** A wave that is overdue is assumed to need this share of its expected time more. */
const OVERDUE_SHARE = 0.15;

export interface Span {
  from: number;
  to: number;
}

export interface Forecast {
  /** The end, in milliseconds; null where nothing can be said. */
  end: number | null;
  /** Why nothing can be said, or what the end depends on. */
  note: string;
}

export function forecastOf({ execution, waves }: Detail, now: number): Forecast {
  if (hasEnded(execution)) return { end: null, note: "" };
  if (execution.status === "PAUSED") return { end: null, note: "no forecast while it is paused" };
  if (execution.status === "CANCELLING") return { end: null, note: "ends with the last DRS job" };
  if (execution.stopReason !== "") return { end: null, note: "no further wave starts" };
  if (waves.some(needsPerson)) return { end: null, note: "no forecast until a person has decided" };
  const gates = waves.filter((wave) => !isWaveOver(wave) && wave.approvalRequired && !wave.approvedBy).length;
  const ends = [...spansAhead(waves, now).values()].map(({ to }) => to);
  const note = gates === 0 ? "" : `and the wait for ${gates === 1 ? "1 approval" : `${gates} approvals`}`;
  return ends.length === 0 ? { end: null, note: "no forecast yet" } : { end: Math.max(...ends), note };
}

/** The waves that are not over, from now or their start to their expected end. */
export function spansAhead(waves: readonly Wave[], now: number): Map<number, Span> {
  const spans = new Map<number, Span>();
  eachInOrder(waves, (wave, ends) => {
    if (wave.endedAt !== null) return Date.parse(wave.endedAt);
    if (isWaveOver(wave)) return now;
    const expected = wave.expectedSeconds * 1_000;
    if (wave.startedAt !== null) {
      const to = Math.max(Date.parse(wave.startedAt) + expected, now + expected * OVERDUE_SHARE);
      spans.set(wave.waveNumber, { from: now, to });
      return to;
    }
    const from = Math.max(now, ...ends) + wave.delaySeconds * 1_000;
    spans.set(wave.waveNumber, { from, to: from + expected });
    return from + expected;
  });
  return spans;
}

/** Each wave as it would be if nothing but expected times and delays counted from the start on. */
export function plannedSpans(waves: readonly Wave[], startedAt: number): Map<number, Span> {
  const spans = new Map<number, Span>();
  eachInOrder(waves, (wave, ends) => {
    const from = Math.max(startedAt, ...ends) + wave.delaySeconds * 1_000;
    const to = from + wave.expectedSeconds * 1_000;
    spans.set(wave.waveNumber, { from, to });
    return to;
  });
  return spans;
}

/** Calls for each wave after those that it depends on, with their ends. */
function eachInOrder(waves: readonly Wave[], endOf: (wave: Wave, ends: number[]) => number): void {
  const known = new Map(waves.map((wave) => [wave.waveNumber, wave]));
  const ends = new Map<number, number>();
  const visit = (wave: Wave, seen: ReadonlySet<number>): number => {
    const before = ends.get(wave.waveNumber);
    if (before !== undefined) return before;
    const deeper = new Set(seen).add(wave.waveNumber);
    const needed = wave.dependsOn.flatMap((number) => {
      const other = known.get(number);
      return other === undefined || deeper.has(number) ? [] : [visit(other, deeper)];
    });
    const end = endOf(wave, needed);
    ends.set(wave.waveNumber, end);
    return end;
  };
  for (const wave of waves) visit(wave, new Set());
}
