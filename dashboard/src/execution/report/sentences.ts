// The report in sentences: only what the API has said, and how it compares with the plan's targets.
import { duration, secondsBetween } from "../../format/durations";
import { counted } from "../../format/numbers";
import { markOf } from "../../states/marks";
import { instancesLeft } from "../acts/wording";
import type { Detail } from "../run";

export function outcomeSentence({ execution }: Detail): string {
  const { mode, planName, status, counts, serverCount, outcomeReason } = execution;
  const launched = counts === null ? null : counts.launched + counts.validated + counts.terminated;
  const servers = launched === null ? "" : `: ${launched} of ${counted(serverCount, "server")} launched`;
  const word = markOf("execution", status).word.toLowerCase();
  return `The ${mode} of ${planName} is ${word}${servers}.${outcomeReason === "" ? "" : ` ${outcomeReason}`}`;
}

export interface Comparison {
  target: string;
  actual: string;
  /** Null where it cannot be said. */
  met: boolean | null;
}

/** The recovery time against the target; a run that did not recover everything has not met it. */
export function rtoOf({ execution }: Detail, rto: number | null): Comparison {
  const { startedAt, endedAt, status } = execution;
  const seconds = endedAt === null ? null : secondsBetween(startedAt, Date.parse(endedAt));
  const actual = seconds === null ? "not ended" : duration(seconds);
  if (rto === null) return { target: "none in the plan", actual, met: null };
  const isLate = seconds !== null && seconds > rto * 60;
  const met = isLate ? false : status === "CANCELLED" || seconds === null ? null : status === "COMPLETED";
  return { target: duration(60 * rto), actual, met };
}

/** What is left to be done by people. */
export function leftOvers(detail: Detail): string[] {
  const { execution, waves } = detail;
  const left = instancesLeft(waves);
  const failed = execution.counts?.failed ?? 0;
  const excluded = execution.counts?.excluded ?? 0;
  return [
    left > 0 ? `${counted(left, "launched server")} whose instances were not terminated` : "",
    failed > 0 ? `${counted(failed, "server")} failed` : "",
    excluded > 0 ? `${counted(excluded, "server")} left out at the start` : "",
  ].filter(Boolean);
}
