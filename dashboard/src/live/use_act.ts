import { type UseMutationResult, useMutation, useQueryClient } from "@tanstack/react-query";
import { type ActAnswer, type ActInput, type ActPath, act, type ReadPath } from "../api/client";
import type { ApiFailure } from "../api/failure";
import { keyOf } from "./use_read";

/**
 * A command of a person. Nothing is shown as done before the API has answered; `changes` are the paths that are read
 * again then. Commands that take an idempotency key get it from `newKey()`, made when the form opens and kept until
 * the answer is known: sent again with it, nothing happens twice.
 */
export function useAct<M extends "post" | "put" | "delete", P extends ActPath<M>>(
  method: M,
  path: P,
  changes: readonly ReadPath[],
): UseMutationResult<ActAnswer<M, P>, ApiFailure, ActInput<M, P>> {
  const queries = useQueryClient();
  return useMutation<ActAnswer<M, P>, ApiFailure, ActInput<M, P>>({
    mutationFn: (input) => act(method, path, input),
    // Also after a failure: the refusal may come from what somebody else has done.
    onSettled: () =>
      Promise.all(changes.map((changed) => queries.invalidateQueries({ queryKey: keyOf(changed) }))),
  });
}
