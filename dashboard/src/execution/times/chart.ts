// The Gantt chart of the waves: rows with plan, what has happened and what is expected, and a scale of times.
import { plannedSpans, type Span, spansAhead } from "../forecast";
import { type Detail, hasEnded, isWaveOver, type Wave } from "../run";

export interface TimesRow {
  wave: Wave;
  planned: Span | null;
  /** From when it could have begun to when it began; null if it began at once or not at all. */
  waited: Span | null;
  actual: Span | null;
  expected: Span | null;
}

export interface Chart {
  rows: TimesRow[];
  pauses: Span[];
  from: number;
  to: number;
}

export function chartOf({ execution, waves }: Detail, now: number, rtoMinutes: number | null): Chart {
  const from = Date.parse(execution.startedAt);
  const end = execution.endedAt === null ? now : Date.parse(execution.endedAt);
  const planned = plannedSpans(waves, from);
  const ahead = hasEnded(execution) ? new Map<number, Span>() : spansAhead(waves, now);
  const rows = waves.map((wave) => rowOf(wave, planned, ahead, end));
  const ends = rows.flatMap(({ planned: plan, actual, expected }) =>
    [plan, actual, expected].map((span) => span?.to ?? 0),
  );
  const rto = rtoMinutes === null ? 0 : from + rtoMinutes * 60_000;
  // The target belongs into the picture, unless it would leave the waves no room.
  const last = Math.max(end, ...ends);
  const to = rto > last && rto < from + 3 * (last - from) ? rto : last;
  return { rows, pauses: pausesOf(execution, end), from, to: to + Math.max(1_000, (to - from) * 0.03) };
}

/** Round moments for the scale, about `count` of them, aligned to whole minutes where they are that far apart. */
export function ticks(from: number, to: number, count: number): number[] {
  const steps = [
    1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400,
  ];
  const wanted = (to - from) / 1_000 / count;
  const step = 1_000 * (steps.find((each) => each >= wanted) ?? 86_400 * Math.ceil(wanted / 86_400));
  const found: number[] = [];
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) found.push(at);
  return found;
}

function rowOf(wave: Wave, planned: Map<number, Span>, ahead: Map<number, Span>, end: number): TimesRow {
  const start = wave.startedAt === null ? null : Date.parse(wave.startedAt);
  const ready = wave.readyAt === null ? null : Date.parse(wave.readyAt);
  const until = wave.endedAt === null ? end : Date.parse(wave.endedAt);
  const waitedTo = start ?? (isWaveOver(wave) ? until : end);
  return {
    wave,
    planned: planned.get(wave.waveNumber) ?? null,
    waited: ready === null || waitedTo - ready < 1_000 ? null : { from: ready, to: waitedTo },
    actual: start === null ? null : { from: start, to: Math.max(start, until) },
    expected: ahead.get(wave.waveNumber) ?? null,
  };
}

function pausesOf({ pauses, pausedAt, status }: Detail["execution"], end: number): Span[] {
  const over = pauses.map(({ beganAt, endedAt }) => ({ from: Date.parse(beganAt), to: Date.parse(endedAt) }));
  return status === "PAUSED" && pausedAt !== null ? [...over, { from: Date.parse(pausedAt), to: end }] : over;
}
