import type { ApiFailure } from "../../api/failure";
import type { Schemas } from "../../api/schemas";
import { ONCE, type Pace } from "../../live/pace";
import { useAct } from "../../live/use_act";
import { type ReadResult, useRead } from "../../live/use_read";
import type { CheckResult, Verdict } from "./check";
import { useVerdicts } from "./use_verdicts";

export const LATEST = "LATEST";

type Preflight = Schemas["PlanPreflight"];

export interface Check {
  read: ReadResult<Preflight>;
  result: CheckResult | undefined;
  servers: readonly Verdict[];
  /** Servers that are counted and not listed here. */
  notShown: number;
  isChecking: boolean;
  /** Why no check could be asked for. */
  refusal: ApiFailure | null;
  again: () => void;
}

const PATH = "/recovery-plans/{planId}/preflight";
const CHECKING: Pace = { visible: 2, hidden: 15 };

/** The check of a plan for one mode: what the last one found, and how one that runs stands. */
export function useCheck(plan: Schemas["PlanDetail"], mode: Schemas["Mode"], pointInTime = LATEST): Check {
  const { planId } = plan;
  const read = useRead(PATH, { path: { planId }, query: { mode } }, { pace: paceOf });
  const ask = useAct("post", PATH, [PATH]);
  const result = read.data?.result ?? undefined;
  const servers = useVerdicts(planId, mode, result?.checkedAt) ?? [];
  const counted = result === undefined ? 0 : result.readyCount + result.degradedCount + result.blockedCount;
  return {
    ...{ read, result, servers },
    notShown: servers.length === 0 ? 0 : Math.max(0, counted - servers.length),
    isChecking: ask.isPending || read.data?.state === "CHECKING",
    refusal: ask.error,
    again: () => ask.mutate({ path: { planId }, body: { mode, pointInTime } }),
  };
}

const paceOf = (data: Preflight | undefined): Pace => (data?.state === "CHECKING" ? CHECKING : ONCE);
