import { type UseMutationResult, useMutation, useQueryClient } from "@tanstack/react-query";
import { act, type ReadPath } from "../../api/client";
import type { ApiFailure } from "../../api/failure";
import { serverNow } from "../../live/server_clock";
import { keyOf } from "../../live/use_read";
import type { Offer } from "../run";
import { lastAct } from "../use_execution";

export interface Order {
  offer: Offer;
  executionId: string;
  /** Reason or comment. */
  text: string;
}

export interface Outcome {
  /** The API's sentence about what will still happen. */
  statement: string;
  /** False: somebody has done it before. */
  changed: boolean;
}

const READ_AGAIN: readonly ReadPath[] = [
  "/executions/{executionId}",
  "/executions/{executionId}/termination-status",
  "/executions",
  "/dashboard",
];

/** What people do to a run, sent once: these commands change nothing when they are sent a second time. */
export function useIntervention(): UseMutationResult<Outcome, ApiFailure, Order> {
  const queries = useQueryClient();
  return useMutation<Outcome, ApiFailure, Order>({
    mutationFn: send,
    onSettled: (outcome, _failure, { executionId, offer }) => {
      lastAct.set(serverNow());
      // What was deleted cannot be read again.
      if (offer.action === "DELETE" && outcome !== undefined) {
        return queries.invalidateQueries({ queryKey: keyOf("/executions") });
      }
      const keys = [
        ...READ_AGAIN.map((path) => keyOf(path)),
        ["timeline", executionId],
        ["servers", executionId],
      ];
      return Promise.all(keys.map((queryKey) => queries.invalidateQueries({ queryKey })));
    },
  });
}

async function send({ offer, executionId, text }: Order): Promise<Outcome> {
  if (offer.waveNumber !== null) return sendForWave(offer, executionId, offer.waveNumber, text);
  const path = { executionId };
  switch (offer.action) {
    case "PAUSE":
      return act("post", "/executions/{executionId}/pause", { path });
    case "RESUME":
      return act("post", "/executions/{executionId}/resume", { path });
    case "CANCEL":
      return act("post", "/executions/{executionId}/cancel", { path });
    case "DELETE":
      await act("delete", "/executions/{executionId}", { path });
      return { statement: "It was deleted with its timeline. The audit log stays.", changed: true };
    default: {
      const body = { confirm: offer.confirm, reason: text };
      const progress = await act("post", "/executions/{executionId}/terminate-instances", { path, body });
      return { statement: progress.statement, changed: true };
    }
  }
}

async function sendForWave(
  offer: Offer,
  executionId: string,
  waveNumber: number,
  text: string,
): Promise<Outcome> {
  const path = { executionId, waveNumber };
  const body = { comment: text };
  switch (offer.action) {
    case "APPROVE":
      return act("post", "/executions/{executionId}/waves/{waveNumber}/approve", { path, body });
    case "REJECT":
      return act("post", "/executions/{executionId}/waves/{waveNumber}/reject", { path, body });
    case "RETRY":
      return act("post", "/executions/{executionId}/waves/{waveNumber}/retry", { path, body });
    default:
      return act("post", "/executions/{executionId}/waves/{waveNumber}/skip", {
        path,
        body: { reason: text },
      });
  }
}
