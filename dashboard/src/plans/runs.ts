import type { Schemas } from "../api/schemas";

type Execution = Schemas["Execution"];

const OPEN: ReadonlySet<Schemas["ExecutionStatus"]> = new Set([
  "CREATED",
  "IN_PROGRESS",
  "PAUSED",
  "CANCELLING",
]);

/** Whether an execution has not ended, so that it holds its plan. */
export function isOpen(execution: Execution | null | undefined): execution is Execution {
  return execution !== null && execution !== undefined && OPEN.has(execution.status);
}

/** From the start to the end, or until now. */
export function secondsOf(execution: Execution, now: number): number {
  const end = execution.endedAt === null ? now : Date.parse(execution.endedAt);
  return Math.max(0, (end - Date.parse(execution.startedAt)) / 1_000);
}
