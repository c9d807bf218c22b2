// When a run will end, by the forecast of the API, and when its waves will.
import { roughDuration } from "../format/durations";
import type { Detail, Wave } from "./run";
import { hasEnded, isWaveOver } from "./run";

/** A wave that is overdue is assumed to need this share of its expected time more. */
const OVERDUE_SHARE = 0.15;

export interface Span {
  from: number;
  to: number;
}

export interface Forecast {
  /** The end and the range in which it probably is, in milliseconds; null where nothing can be said. */
  end: number | null;
  earliest: number | null;
  latest: number | null;
  /** Why nothing can be said, or what the end depends on. */
  note: string;
}

const SILENT: Forecast = { end: null, earliest: null, latest: null, note: "" };

/** The API's forecast at a later moment: what it expected before now is still to come. */
export function forecastOf({ execution, waves, forecast }: Detail, now: number): Forecast {
  if (hasEnded(execution)) return SILENT;
  const { endAt, earliestAt, latestAt, reason } = forecast;
  if (endAt === null) return { ...SILENT, note: reason };
  const later = (at: string | null) => Math.max(now, Date.parse(at ?? endAt));
  const gates = waves.filter((wave) => !isWaveOver(wave) && wave.approvalRequired && !wave.approvedBy).length;
  const isLate = Date.parse(latestAt ?? endAt) < now;
  const waits = gates === 0 ? "" : `and the wait for ${gates === 1 ? "1 approval" : `${gates} approvals`}`;
  const note = isLate ? "it takes longer than expected" : waits;
  return { end: later(endAt), earliest: later(earliestAt), latest: later(latestAt), note };
}

/** How far a run that has ended was from the forecast at its start; empty if it was near, or there was none. */
export function driftOf({ timing, forecast }: Pick<Detail, "timing" | "forecast">): string {
  const { totalSeconds } = timing;
  const { plannedP50Seconds: usual, plannedP90Seconds: most } = forecast;
  if (totalSeconds === null || usual === null || most === null) return "";
  const drift = totalSeconds - usual;
  if (Math.abs(drift) < 60) return "as forecast at the start";
  if (drift < 0) return `${roughDuration(-drift)} shorter than forecast at the start`;
  const within = totalSeconds <= most ? ", within its range" : "";
  return `${roughDuration(drift)} longer than forecast at the start${within}`;
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
