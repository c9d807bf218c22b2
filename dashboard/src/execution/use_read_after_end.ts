import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { type Detail, hasEnded } from "./run";

/**
 * Reads what is gathered of a run again when the run has ended or is changed after its end: nothing else would, because
 * what has ended is not read by the clock any more.
 */
export function useReadAfterEnd(name: string, { execution }: Detail): void {
  const queries = useQueryClient();
  const { executionId, revision } = execution;
  const ended = hasEnded(execution);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each revision after the end is a reason to read
  useEffect(() => {
    if (ended) void queries.invalidateQueries({ queryKey: [name, executionId] });
  }, [queries, name, executionId, ended, revision]);
}
