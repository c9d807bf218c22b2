import { useMemo } from "react";
import { useAway } from "../live/away";
import { serverNow } from "../live/server_clock";
import { Store } from "../live/store";
import { type ReadResult, useRead } from "../live/use_read";
import { withoutActs } from "./away";
import { paceOfRun } from "./pace";
import type { Detail } from "./run";

/** When this person last did something to a run, so that its answer is looked for more often. */
export const lastAct = new Store(0);

export function useExecution(executionId: string): ReadResult<Detail> {
  const read = useRead(
    "/executions/{executionId}",
    { path: { executionId } },
    { pace: (detail) => paceOfRun(detail, serverNow(), lastAct.get()) },
  );
  const away = useAway();
  const { data } = read;
  const shown = useMemo(
    () => (data === undefined || away === "" ? undefined : withoutActs(data, away)),
    [data, away],
  );
  return shown === undefined ? read : ({ ...read, data: shown } as ReadResult<Detail>);
}
