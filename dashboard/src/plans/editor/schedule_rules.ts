// The rules for a schedule that can be checked without its zone's history; the API checks the rest.
import type { Content } from "../content";
import type { Problem } from "./rules";

type Schedule = NonNullable<Content["schedule"]>;

const RANGES: readonly [number, number, readonly string[]][] = [
  [0, 59, []],
  [0, 23, []],
  [1, 31, []],
  [1, 12, ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]],
  [0, 7, ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]],
];
const PART = /^(\*|\w+)(?:-(\w+))?(?:\/(\d+))?$/;
const TIME = /^(?:(?:[01]\d|2[0-3]):[0-5]\d|24:00)$/;

export function scheduleProblems(schedule: Content["schedule"]): Problem[] {
  if (schedule === null) return [];
  const problems = schedule.blackouts.flatMap((blackout, index) =>
    blackoutProblems(`schedule.blackouts[${index}]`, blackout),
  );
  const cron = cronProblem(schedule.cron);
  if (cron !== "") problems.unshift({ field: "schedule.cron", message: cron });
  if (!isZone(schedule.timeZone)) {
    problems.unshift({
      field: "schedule.timeZone",
      message: `'${schedule.timeZone}' is not a time zone; name one such as Europe/Berlin`,
    });
  }
  return problems;
}

/** What is wrong with a cron expression; empty if nothing is. */
export function cronProblem(text: string): string {
  const fields = text.split(/\s+/).filter(Boolean);
  if (fields.length !== RANGES.length) {
    return `must have five fields (minute hour day-of-month month day-of-week); it has ${fields.length}`;
  }
  if (!/^\d+$/.test(fields[0] ?? "")) return "must name exactly one minute of the hour";
  for (const [index, field] of fields.entries()) {
    const wrong = field
      .split(",")
      .find((part) => !isPart(part, ...(RANGES[index] as (typeof RANGES)[number])));
    if (wrong !== undefined) return `'${wrong}' is not a valid part of it`;
  }
  return "";
}

function isPart(part: string, low: number, high: number, names: readonly string[]): boolean {
  const [, first = "", last, step] = PART.exec(part) ?? [];
  if (first === "" || step === "0") return false;
  if (first === "*") return last === undefined;
  const [from, to] = [first, last ?? first].map((text) => numberOf(text, low, names)) as [number, number];
  return from >= low && to <= high && from <= to;
}

function numberOf(text: string, low: number, names: readonly string[]): number {
  const named = names.indexOf(text.toUpperCase());
  if (named >= 0) return named + low;
  return /^\d+$/.test(text) ? Number(text) : Number.NaN;
}

type Blackout = Schedule["blackouts"][number];

function blackoutProblems(field: string, blackout: Blackout): Problem[] {
  const message = isOnce(blackout) ? onceProblem(blackout) : weeklyProblem(blackout);
  return message === "" ? [] : [{ field, message }];
}

/** Whether it is one time from a date to a date, and not every week. */
export function isOnce({ start, end, weekdays }: Blackout): boolean {
  return start !== null || end !== null || weekdays.length === 0;
}

function onceProblem({ start, end }: Blackout): string {
  if (start === null || end === null) return "needs a beginning and an end";
  const [from, to] = [Date.parse(start), Date.parse(end)];
  if (Number.isNaN(from) || Number.isNaN(to)) return "needs times such as 2026-12-24T00:00:00Z";
  return from < to ? "" : "must end after it begins";
}

function weeklyProblem({ fromTime, toTime }: Blackout): string {
  return TIME.test(fromTime) && TIME.test(toTime) ? "" : "needs times as HH:MM";
}

function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
