// Whether a start may be sent now, and why not: the first reason that a person can do something about.
import type { Schemas } from "../../api/schemas";
import type { CheckResult, Verdict } from "../preflight/check";

export interface Wish {
  mode: Schemas["Mode"];
  reason: string;
  acceptDegraded: boolean;
  replace: boolean;
}

interface Situation {
  /** Why the person may not start in this mode. */
  notPermitted: string;
  /** Why the data cannot be chosen like this. */
  badData: string;
  /** The execution of the plan that has not ended. */
  running: Schemas["Execution"] | undefined;
  result: CheckResult | undefined;
  isFresh: boolean;
  /** Whether a check runs now. */
  isChecking: boolean;
  /** The servers whose instance of an earlier recovery would be replaced. */
  replaceable: readonly Verdict[];
}

export const RECOVERY_INSTANCE = "RECOVERY_INSTANCE_EXISTS";

/** The servers that cannot launch only because an instance of an earlier recovery exists. */
export function replaceableOf(mode: Schemas["Mode"], servers: readonly Verdict[]): Verdict[] {
  if (mode === "DRILL") return [];
  return servers.filter(({ findings }) => {
    const blocking = findings.filter(({ readiness }) => readiness === "BLOCKED");
    return blocking.length > 0 && blocking.every(({ code }) => code === RECOVERY_INSTANCE);
  });
}

/** How many servers are left out although they are CRITICAL or because nobody asked to replace their instances. */
export function leftOutCount(result: CheckResult, wish: Wish, replaceable: readonly Verdict[]): number {
  return result.startSummary.excludedCount - (wish.replace ? replaceable.length : 0);
}

/** Whether the start is refused unless it is said that servers are left out. */
export function needsAccept(result: CheckResult, wish: Wish, replaceable: readonly Verdict[]): boolean {
  const { launchCount, needsAcceptDegraded } = result.startSummary;
  const replaced = wish.replace ? replaceable.length : 0;
  const isSomeLaunched = launchCount + replaced > 0;
  return (
    isSomeLaunched &&
    leftOutCount(result, wish, replaceable) > 0 &&
    (needsAcceptDegraded || launchCount === 0)
  );
}

/** Why the start cannot be sent; empty if it can. */
export function obstacle(wish: Wish, situation: Situation): string {
  const { notPermitted, badData, running, result } = situation;
  if (notPermitted !== "") return notPermitted;
  if (running !== undefined && !isTakenOver(wish.mode, running)) {
    return `The plan is running already: a ${running.mode} that was started by ${running.initiatedBy || "an unknown caller"}.`;
  }
  if (badData !== "") return badData;
  if (result === undefined) return "The preflight has not answered yet.";
  if (!situation.isFresh) return noFreshCheck(situation.isChecking);
  return obstacleOfResult(wish, result, situation.replaceable);
}

function noFreshCheck(isChecking: boolean): string {
  if (isChecking)
    return "It is being checked again: the last preflight is older than 5 minutes or of other data.";
  return "There is no preflight of this version and this data that is younger than 5 minutes.";
}

function obstacleOfResult(wish: Wish, result: CheckResult, replaceable: readonly Verdict[]): string {
  const replaced = wish.replace ? replaceable.length : 0;
  if (result.startSummary.launchCount + replaced === 0) return "No server of the plan can launch.";
  if (needsAccept(result, wish, replaceable)) {
    if (!wish.acceptDegraded) return "Say whether it is to start without the servers that cannot launch.";
  } else if (!result.wouldStart && replaced === 0) return result.statement;
  if (wish.mode === "RECOVERY" && wish.reason.trim() === "") return "Give a reason: the audit log keeps it.";
  return "";
}

/** A RECOVERY takes the servers of a DRILL of the same plan. */
export function isTakenOver(mode: Schemas["Mode"], running: Schemas["Execution"]): boolean {
  return mode === "RECOVERY" && running.mode === "DRILL";
}
