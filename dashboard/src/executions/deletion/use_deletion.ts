import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { act } from "../../api/client";
import { ApiFailure } from "../../api/failure";
import { keyOf } from "../../live/use_read";
import { callsOf, type Deletable, failedOutcomes, type Outcome, outcomesOf } from "./deletion";

/** So many calls at a time. */
const SIDE_BY_SIDE = 2;

export interface Deletion {
  /** What is known so far; null before it began. */
  outcomes: readonly Outcome[] | null;
  isRunning: boolean;
  start: (executions: readonly Deletable[]) => void;
}

/** Deletes executions in calls of a few. Each has its own outcome, and a call that fails stops no other. */
export function useDeletion(): Deletion {
  const queries = useQueryClient();
  const [outcomes, setOutcomes] = useState<readonly Outcome[] | null>(null);
  const [isRunning, setRunning] = useState(false);
  const start = async (executions: readonly Deletable[]) => {
    setRunning(true);
    setOutcomes([]);
    const waiting = callsOf(executions);
    const work = async () => {
      for (let call = waiting.shift(); call !== undefined; call = waiting.shift()) {
        const done = await deleted(call);
        setOutcomes((before) => [...(before ?? []), ...done]);
      }
    };
    await Promise.all(Array.from({ length: SIDE_BY_SIDE }, work));
    setRunning(false);
    for (const path of ["/executions", "/recovery-plans", "/dashboard"] as const) {
      void queries.invalidateQueries({ queryKey: keyOf(path) });
    }
  };
  return { outcomes, isRunning, start: (executions) => void start(executions) };
}

async function deleted(executions: readonly Deletable[]): Promise<Outcome[]> {
  const executionIds = executions.map(({ executionId }) => executionId);
  try {
    const { items } = await act("post", "/executions/delete", { body: { executionIds, force: false } });
    return outcomesOf(executions, items);
  } catch (error) {
    if (!(error instanceof ApiFailure)) throw error;
    return failedOutcomes(executions, error.message, error.isOutcomeUnknown);
  }
}
