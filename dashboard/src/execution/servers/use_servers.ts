import { read } from "../../api/client";
import type { Schemas } from "../../api/schemas";
import type { Pace } from "../../live/pace";
import { serverNow } from "../../live/server_clock";
import { type ReadResult, useGathered } from "../../live/use_read";
import { paceOfServers } from "../pace";
import type { Detail } from "../run";
import { useReadAfterEnd } from "../use_read_after_end";
import {
  type Details,
  type Gathered,
  isComplete,
  NOTHING,
  withChanges,
  withDetails,
  withStates,
} from "./gathered";

const AT_ONCE: Pace = { visible: 0.05, hidden: null };
const SERVERS = "/executions/{executionId}/servers";

export function useServers(detail: Detail, enabled = true): ReadResult<Gathered> {
  const { executionId } = detail.execution;
  useReadAfterEnd("servers", detail);
  return useGathered<Gathered>(
    ["servers", executionId],
    (before, signal) => advance(executionId, before, signal),
    {
      enabled,
      pace: (gathered) =>
        gathered !== undefined && !isComplete(gathered) ? AT_ONCE : paceOfServers(detail, serverNow()),
    },
  );
}

async function advance(executionId: string, before = NOTHING, signal: AbortSignal): Promise<Gathered> {
  const path = { executionId };
  const { next } = before;
  if (next.kind === "states") {
    const query = { limit: 1_000, cursor: next.cursor };
    return withStates(before, await read("/executions/{executionId}/server-states", { path, query }, signal));
  }
  if (next.kind === "details") return detailsFrom(executionId, before, signal);
  return withChanges(before, ...(await changesSince(executionId, next.after, signal)));
}

/** The details of the next thousand servers, so that the picture is drawn again once for all of them. */
async function detailsFrom(executionId: string, before: Gathered, signal: AbortSignal): Promise<Gathered> {
  let gathered = before;
  for (let page = 0; page < 10 && gathered.next.kind === "details"; page++) {
    const input = { path: { executionId }, query: { limit: 100, cursor: gathered.next.cursor } };
    gathered = withDetails(gathered, await read(SERVERS, input, signal));
  }
  return gathered;
}

/** All that has changed, and from when on to ask the next time. */
async function changesSince(
  executionId: string,
  changedAfter: string,
  signal: AbortSignal,
): Promise<[Details[], string]> {
  const changed: Details[] = [];
  let after = "";
  let cursor: string | null = "";
  while (cursor !== null) {
    const input = { path: { executionId }, query: { limit: 100, cursor, changedAfter } };
    const page: Schemas["ServerPage"] = await read(SERVERS, input, signal);
    changed.push(...page.items);
    after ||= page.nextChangedAfter;
    cursor = page.nextCursor;
  }
  return [changed, after];
}
