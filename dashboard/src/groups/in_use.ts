import type { Schemas } from "../api/schemas";

const ENDED: readonly Schemas["ExecutionStatus"][] = [
  "COMPLETED",
  "PARTIAL",
  "FAILED",
  "TIMED_OUT",
  "CANCELLED",
];

/** Why a group cannot be changed now: a run of a plan that uses it is not over. Empty if it can. */
export function inUseBy(plans: readonly Schemas["PlanSummary"][]): string {
  const running = plans
    .map(({ lastExecution }) => lastExecution)
    .find((run) => run !== null && !ENDED.includes(run.status));
  if (running === null || running === undefined) return "";
  return `The ${running.mode} of ${running.planName} uses this group until it is over.`;
}
