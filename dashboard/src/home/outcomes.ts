// How executions ended, week by week, for the chart.
import type { Schemas } from "../api/schemas";
import type { Mark } from "../states/families";
import { markOf } from "../states/marks";

type Week = Schemas["WeekOutcomes"];

const WEEK_MS = 7 * 86_400_000;
/** From well to badly: the order of the parts of a bar. */
const ORDER: readonly string[] = ["COMPLETED", "PARTIAL", "FAILED", "TIMED_OUT", "CANCELLED"];

export interface OutcomeSeries extends Mark {
  status: string;
  total: number;
  /** One number for each week, also for those in which nothing ended so. */
  counts: number[];
}

export interface Outcomes {
  /** The Mondays, without a gap, as days: "2026-11-23". */
  mondays: string[];
  series: OutcomeSeries[];
  /** The highest bar. */
  most: number;
  total: number;
}

/** The weeks from `since` until now, of drills, of recoveries, or of both where `mode` is empty. */
export function outcomesOf(
  { since, weeks }: { since: string; weeks: readonly Week[] },
  mode: Schemas["Mode"] | "",
  now: number,
): Outcomes {
  const mondays = mondaysBetween(Date.parse(since), now);
  const counted = weeks.filter((week) => mode === "" || week.mode === mode);
  const found = new Set(counted.flatMap((week) => Object.keys(week.ended)));
  const statuses = [
    ...ORDER.filter((status) => found.has(status)),
    ...[...found].filter((status) => !ORDER.includes(status)),
  ];
  const series = statuses.map((status) => {
    const counts = mondays.map((monday) =>
      counted
        .filter((week) => week.monday === monday)
        .reduce((sum, week) => sum + (week.ended[status] ?? 0), 0),
    );
    return { ...markOf("execution", status), status, counts, total: sumOf(counts) };
  });
  const bars = mondays.map((_, index) => sumOf(series.map(({ counts }) => counts[index] ?? 0)));
  return { mondays, series, most: Math.max(0, ...bars), total: sumOf(bars) };
}

function mondaysBetween(from: number, to: number): string[] {
  const days: string[] = [];
  for (let monday = mondayOf(from); monday <= to; monday += WEEK_MS) {
    days.push(new Date(monday).toISOString().slice(0, 10));
  }
  return days;
}

/** The Monday, 00:00 UTC, of the week of a moment. The first of January 1970 was a Thursday. */
function mondayOf(moment: number): number {
  const offset = 3 * 86_400_000;
  return Math.floor((moment + offset) / WEEK_MS) * WEEK_MS - offset;
}

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
