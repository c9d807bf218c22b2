import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { act } from "../api/client";
import { ApiFailure } from "../api/failure";
import { keyOf } from "../live/use_read";
import { afterPiece, type Progress, piecesOf } from "./apply_plan";

const NOTHING: Progress = { done: [], remaining: [] };
/** A server that the API has not reached three times in a row is left to its reader. */
const MOST_ROUNDS = 3;

/** Applies launch settings piece by piece. Leaving the page ends it after the piece that is under way. */
export function useApply(groupId: string) {
  const queries = useQueryClient();
  const [progress, setProgress] = useState(NOTHING);
  const [total, setTotal] = useState(0);
  const [isRunning, setRunning] = useState(false);
  const [failure, setFailure] = useState<ApiFailure | null>(null);
  const isGone = useRef(false);
  useEffect(() => {
    isGone.current = false;
    return () => {
      isGone.current = true;
    };
  }, []);

  const round = async (ids: readonly string[], before: Progress): Promise<Progress> => {
    let now = before;
    for (const piece of piecesOf(ids)) {
      if (isGone.current) break;
      const answer = await act("post", "/protection-groups/{groupId}/launch-settings/apply", {
        path: { groupId },
        body: { sourceServerIds: piece },
      });
      now = afterPiece(now, answer.servers);
      setProgress(now);
    }
    return now;
  };

  const start = async (ids: readonly string[]) => {
    setRunning(true);
    setFailure(null);
    setTotal(ids.length);
    setProgress(NOTHING);
    try {
      let now = await round(ids, NOTHING);
      for (let rounds = 1; now.remaining.length > 0 && rounds < MOST_ROUNDS; rounds += 1) {
        now = await round(now.remaining, now);
      }
    } catch (error) {
      if (!(error instanceof ApiFailure)) throw error;
      setFailure(error);
    } finally {
      setRunning(false);
      await queries.invalidateQueries({ queryKey: keyOf("/protection-groups/{groupId}/launch-settings") });
    }
  };

  return { progress, total, isRunning, failure, start };
}
