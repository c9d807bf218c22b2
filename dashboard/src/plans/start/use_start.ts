import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { type ActAnswer, type ActInput, act, newKey } from "../../api/client";
import { ApiFailure } from "../../api/failure";
import { keyOf } from "../../live/use_read";
import { untilAnswered } from "./sending";

const START = "/recovery-plans/{planId}/execute";
type Started = ActAnswer<"post", typeof START>;
export type StartBody = ActInput<"post", typeof START>["body"];

export interface Start {
  phase: "ready" | "sending" | "asking-again" | "refused";
  failure: ApiFailure | undefined;
  send: (body: StartBody) => void;
}

/** Starts a plan. The key is made when the page opens and kept until the answer is known. */
export function useStart(planId: string, onStarted: (started: Started) => void): Start {
  const [key] = useState(newKey);
  const [state, setState] = useState<Pick<Start, "phase" | "failure">>({
    phase: "ready",
    failure: undefined,
  });
  const isOver = useRef(false);
  const queries = useQueryClient();
  useEffect(() => {
    isOver.current = false;
    return () => {
      isOver.current = true;
    };
  }, []);

  const send = async (body: StartBody) => {
    setState({ phase: "sending", failure: undefined });
    try {
      const started = await untilAnswered({
        send: () => act("post", START, { path: { planId }, body, key }),
        wait: (seconds) => new Promise((done) => setTimeout(done, 1_000 * seconds)),
        onUnknown: (failure) => setState({ phase: "asking-again", failure }),
        isOver: () => isOver.current,
      });
      if (started !== undefined) onStarted(started);
    } catch (error) {
      if (!(error instanceof ApiFailure)) throw error;
      setState({ phase: "refused", failure: error });
    } finally {
      for (const path of ["/executions", "/recovery-plans", "/dashboard"] as const) {
        void queries.invalidateQueries({ queryKey: keyOf(path) });
      }
    }
  };
  return { ...state, send: (body) => void send(body) };
}
