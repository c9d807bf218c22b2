// The grid of plans and their last runs: which cells count under a filter, and what each says.
import type { Schemas } from "../../api/schemas";
import { duration, secondsBetween } from "../../format/durations";
import { dateTime, type Zone, zoneName } from "../../format/times";
import { markOf } from "../../states/marks";
import { type Filters, startedAfter } from "../filters";

export type Run = Schemas["RunMark"];

/** As many as the API keeps beside a plan. */
export const MOST_RUNS = 20;

/** Whether a run is of those that the filter asks for. The others keep their place, so that columns stay comparable. */
export function isMeant(run: Run, { mode, status, days }: Filters, now: number): boolean {
  const after = startedAfter(days, now);
  return (
    (mode === "" || run.mode === mode) &&
    (status === "" || run.status === status) &&
    (after === undefined || Date.parse(run.startedAt) >= Date.parse(after))
  );
}

/** "DRILL completed, started 2026-11-26 02:14:07 UTC, took 31 min" */
export function runInWords({ mode, status, startedAt, endedAt }: Run, zone: Zone): string {
  const took = endedAt === null ? "" : `, took ${duration(secondsBetween(startedAt, endedAt))}`;
  const word = markOf("execution", status).word.toLocaleLowerCase("en");
  return `${mode} ${word}, started ${dateTime(startedAt, zone)} ${zoneName(startedAt, zone)}${took}`;
}

/** The oldest first, so that the newest stands at the right end of every row, under the newest of the others. */
export function inTime(runs: readonly Run[]): (Run | null)[] {
  const newest = runs.slice(0, MOST_RUNS);
  const missing: null[] = Array.from({ length: MOST_RUNS - newest.length }, () => null);
  return [...missing, ...newest.toReversed()];
}

/** "3 of 5": how many of the runs that have ended failed, timed out or recovered only a part; empty without any. */
export function habitOf(runs: readonly Run[]): string {
  const ended = runs.filter(({ endedAt }) => endedAt !== null);
  const bad = ended.filter(({ status }) => ["FAILED", "TIMED_OUT", "PARTIAL"].includes(status)).length;
  return ended.length === 0 ? "" : `${bad} of ${ended.length}`;
}
