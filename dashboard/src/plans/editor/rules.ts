// The rules of the API for plans, as one types. Fields are named as the API names them, so that its own answer is shown
// at the same places; it has the last word.
import type { Content, Wave } from "../content";
import { findCycle } from "./cycles";
import { nameProblem } from "./names";
import { scheduleProblems } from "./schedule_rules";
import { stepProblems } from "./step_rules";

export interface Problem {
  field: string;
  message: string;
}

const YEAR_MINUTES = 525_600;
const MOST_EMAILS = 20;
const EMAIL = /^[^\s@<>"]+@[^\s@<>"[\]]+\.[^\s@<>"[\]]+$/;

export function problemsOf(content: Content): Problem[] {
  const { approval, cleanup, waves } = content;
  return [
    ...ifAny("name", nameProblem(content.name)),
    ...range("rtoMinutes", content.rtoMinutes, 1, YEAR_MINUTES),
    ...range("rpoMinutes", content.rpoMinutes, 1, YEAR_MINUTES),
    ...range("timeoutMinutes", content.timeoutMinutes, 1, YEAR_MINUTES),
    ...range("drillTargetDays", content.drillTargetDays, 1, 3_650),
    ...range("priority", content.priority, 1, 5),
    ...range("approval.timeoutMinutes", approval.timeoutMinutes, 1, 43_200),
    ...range("cleanup.onSuccessMinutes", cleanup.onSuccessMinutes, 0, YEAR_MINUTES),
    ...range("cleanup.onFailureMinutes", cleanup.onFailureMinutes, 0, YEAR_MINUTES),
    ...longest("description", content.description, 1_000),
    ...longest("owner", content.owner, 256),
    ...emailProblems(content.notificationEmails),
    ...scheduleProblems(content.schedule),
    ...(waves.length === 0 ? [{ field: "waves", message: "must have at least one wave" }] : []),
    ...waves.flatMap((wave, index) => waveProblems(`waves[${index}]`, wave)),
    ...groupProblems(waves),
    ...cycleProblems(waves),
  ];
}

/** The problems of one field and of what is in it. */
export function at(problems: readonly Problem[], field: string): string {
  return problems
    .filter(
      (problem) =>
        problem.field === field ||
        (/^[.[]/.test(problem.field.slice(field.length)) && problem.field.startsWith(field)),
    )
    .map(({ message }) => message)
    .join(" ");
}

/** The number of the wave that a problem is in; undefined for the plan itself. */
export function waveOf({ field }: Problem): number | undefined {
  const index = /^waves\[(\d+)\]/.exec(field)?.[1];
  return index === undefined ? undefined : Number(index) + 1;
}

function waveProblems(path: string, wave: Wave): Problem[] {
  return [
    ...ifAny(`${path}.name`, nameProblem(wave.name)),
    ...range(`${path}.delaySeconds`, wave.delaySeconds, 0, 86_400),
    ...range(`${path}.timeoutMinutes`, wave.timeoutMinutes, 1, 1_440),
    ...range(`${path}.minSuccessPercent`, wave.minSuccessPercent, 0, 100),
    ...ifAny(
      `${path}.protectionGroupIds`,
      wave.protectionGroupIds.length === 0 ? "name at least one protection group" : "",
    ),
    ...(wave.protectionGroupIds.length > 100
      ? [{ field: `${path}.protectionGroupIds`, message: "can have at most 100 groups" }]
      : []),
    ...stepProblems(path, wave),
  ];
}

function groupProblems(waves: readonly Wave[]): Problem[] {
  const taken = new Map<string, number>();
  return waves.flatMap((wave, index) =>
    wave.protectionGroupIds.flatMap((id, position) => {
      const before = taken.get(id);
      taken.set(id, before ?? wave.number);
      if (before === undefined) return [];
      const message = `a group of this wave is already in wave ${before}; a group can be in only one wave`;
      return [{ field: `waves[${index}].protectionGroupIds[${position}]`, message }];
    }),
  );
}

function cycleProblems(waves: readonly Wave[]): Problem[] {
  const cycle = findCycle(new Map(waves.map((wave) => [wave.number, wave.dependsOn])));
  if (cycle.length === 0) return [];
  const index = waves.findIndex(({ number }) => number === cycle[0]);
  const message = `the dependencies form a cycle: ${cycle.join(" → ")}; remove one of them`;
  return [{ field: `waves[${index}].dependsOn`, message }];
}

function emailProblems(emails: readonly string[]): Problem[] {
  const plain = emails.map((email) => email.trim().toLowerCase());
  return [
    ...ifAny(
      "notificationEmails",
      emails.length > MOST_EMAILS ? `can have at most ${MOST_EMAILS} addresses` : "",
    ),
    ...plain.flatMap((email, index) => {
      const field = `notificationEmails[${index}]`;
      if (!EMAIL.test(email))
        return [{ field, message: `'${email}' must be an e-mail address such as ops@example.com` }];
      return plain.indexOf(email) < index ? [{ field, message: `'${email}' is already in the list` }] : [];
    }),
  ];
}

/** A number in a range; null is none, and allowed where there may be none. What cannot be read as a number is NaN. */
export function range(field: string, value: number | null, low: number, high: number): Problem[] {
  if (value === null || (Number.isInteger(value) && value >= low && value <= high)) return [];
  return [{ field, message: `must be a whole number from ${low} to ${high}` }];
}

function longest(field: string, text: string, most: number): Problem[] {
  return ifAny(
    field,
    text.length > most ? `must have at most ${most} characters; it has ${text.length}` : "",
  );
}

export function ifAny(field: string, message: string): Problem[] {
  return message === "" ? [] : [{ field, message }];
}
