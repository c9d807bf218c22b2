import type { Schemas } from "../../api/schemas";
import { readAll } from "../../lists/read_all";
import type { Pace } from "../../live/pace";
import { type ReadResult, useGathered } from "../../live/use_read";
import { type Detail, hasEnded } from "../run";
import { useReadAfterEnd } from "../use_read_after_end";

type Step = Schemas["ExecutionStep"];

export const MOST_STEPS = 1_000;

const WHILE_RUNNING: Pace = { visible: 15, hidden: null };
const AFTER_END: Pace = { visible: null, hidden: null };
const STEPS = "/executions/{executionId}/steps";

/** How often a run's details are read that change slowly. */
export function paceOfDetails(execution: Detail["execution"]): Pace {
  return hasEnded(execution) ? AFTER_END : WHILE_RUNNING;
}

/** The steps that were started for a wave, or for all where `wave` is null, up to `MOST_STEPS`. */
export function useSteps(detail: Detail, wave: number | null, enabled: boolean): ReadResult<Step[]> {
  const { execution } = detail;
  const { executionId } = execution;
  useReadAfterEnd("steps", detail);
  const input = { path: { executionId }, query: { waveNumber: wave, limit: 100 } };
  return useGathered<Step[]>(
    ["steps", executionId, wave],
    (_before, signal) => readAll(STEPS, input, { signal, most: MOST_STEPS }),
    { enabled, pace: paceOfDetails(execution) },
  );
}
