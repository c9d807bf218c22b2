import type { Schemas } from "../../api/schemas";
import { ONCE } from "../../live/pace";
import { type ReadResult, useRead } from "../../live/use_read";
import type { CheckResult, Verdict } from "./check";
import { resultOf } from "./from_answer";

export const LATEST = "LATEST";

export interface Check {
  read: ReadResult<unknown>;
  result: CheckResult | undefined;
  servers: readonly Verdict[];
  /** Servers that the answer counts and does not show. */
  notShown: number;
  isChecking: boolean;
  again: () => void;
}

/** The check of a plan for one mode and one moment of its data. */
export function useCheck(plan: Schemas["PlanDetail"], mode: Schemas["Mode"], pointInTime = LATEST): Check {
  const { planId } = plan;
  const read = useRead(
    "/recovery-plans/{planId}/preflight",
    { path: { planId }, query: { mode, pointInTime } },
    { pace: ONCE },
  );
  return {
    read,
    result: read.data === undefined ? undefined : resultOf(read.data, plan),
    servers: read.data?.servers ?? [],
    notShown: read.data?.serversNotShown ?? 0,
    isChecking: read.isFetching,
    again: () => void read.refetch(),
  };
}
