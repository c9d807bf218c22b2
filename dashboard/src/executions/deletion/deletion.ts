// Which of the chosen executions are deleted, in which calls, and what is said before and after.
import type { Schemas } from "../../api/schemas";
import { counted } from "../../format/numbers";

export interface Deletable {
  executionId: string;
  planName: string;
  mode: Schemas["Mode"];
  startedAt: string;
  endedAt: string | null;
  /** null where they were not counted. */
  instancesLeft: number | null;
}

export interface Outcome {
  execution: Deletable;
  /** unknown: the answer did not arrive. */
  result: "deleted" | "refused" | "unknown";
  reason: string;
}

/** So many in one call: each takes the API seconds, and a call has 29. */
const IN_ONE_CALL = 5;

/** Runs that still have instances stay: without their records nobody would find the instances again. */
export function sortedOut(chosen: readonly Deletable[]): { deleted: Deletable[]; kept: Deletable[] } {
  const keeps = ({ instancesLeft }: Deletable) => instancesLeft !== null && instancesLeft > 0;
  return { deleted: chosen.filter((each) => !keeps(each)), kept: chosen.filter(keeps) };
}

export function callsOf<T>(items: readonly T[], size = IN_ONE_CALL): T[][] {
  const calls: T[][] = [];
  for (let first = 0; first < items.length; first += size) calls.push(items.slice(first, first + size));
  return calls;
}

/** What one call has done: of each execution that was asked for, also of those that the answer leaves out. */
export function outcomesOf(
  asked: readonly Deletable[],
  results: readonly Schemas["DeletionResult"][],
): Outcome[] {
  const of = new Map(results.map((result) => [result.executionId, result]));
  return asked.map((execution) => {
    const result = of.get(execution.executionId);
    if (result === undefined) return { execution, result: "unknown", reason: "The answer does not name it." };
    return { execution, result: result.deleted ? "deleted" : "refused", reason: result.message };
  });
}

/** A call that failed: nothing of it was done, or nobody knows. */
export function failedOutcomes(asked: readonly Deletable[], reason: string, isUnknown: boolean): Outcome[] {
  return asked.map((execution) => ({ execution, result: isUnknown ? "unknown" : "refused", reason }));
}

/** What stays, and why: a sentence for the question. */
export function keptInWords(kept: readonly Deletable[]): string {
  if (kept.length === 0) return "";
  const left = kept.reduce((sum, { instancesLeft }) => sum + (instancesLeft ?? 0), 0);
  const [subject, them] =
    kept.length === 1
      ? ["One that you chose still has", "It is"]
      : [`${kept.length} that you chose still have`, "They are"];
  return `${subject} ${counted(left, "instance")}, which nobody would find again. ${them} not deleted.`;
}

export function summary(outcomes: readonly Outcome[]): string {
  const count = (wanted: Outcome["result"]) => outcomes.filter(({ result }) => result === wanted).length;
  const parts = [
    `${counted(count("deleted"), "execution")} deleted`,
    count("refused") > 0 ? `${count("refused")} not deleted` : "",
    count("unknown") > 0 ? `of ${count("unknown")} it is not known` : "",
  ];
  return `${parts.filter(Boolean).join(", ")}.`;
}
