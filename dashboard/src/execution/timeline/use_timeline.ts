import { read } from "../../api/client";
import type { Schemas } from "../../api/schemas";
import { serverNow } from "../../live/server_clock";
import { type ReadResult, useGathered } from "../../live/use_read";
import { paceOfRun } from "../pace";
import type { Detail } from "../run";
import { lastAct } from "../use_execution";
import { useReadAfterEnd } from "../use_read_after_end";
import { type Line, type Lines, MOST_LINES, withFirst, withNew, withOlder } from "./lines";

const EVENTS = "/executions/{executionId}/events";

/** The timeline at the pace of the run itself. */
export function useTimeline(detail: Detail): ReadResult<Lines> {
  const { executionId } = detail.execution;
  useReadAfterEnd("timeline", detail);
  return useGathered<Lines>(
    ["timeline", executionId],
    (before, signal) => advance(executionId, before, signal),
    {
      pace: (lines) =>
        hasOlder(lines) ? { visible: 0.05, hidden: null } : paceOfRun(detail, serverNow(), lastAct.get()),
    },
  );
}

function hasOlder(lines: Lines | undefined): boolean {
  return lines !== undefined && lines.older !== null && lines.lines.length < MOST_LINES;
}

async function advance(executionId: string, before: Lines | undefined, signal: AbortSignal): Promise<Lines> {
  const path = { executionId };
  if (before === undefined || hasOlder(before)) {
    const query = { limit: 100, newestFirst: true, cursor: before?.older ?? "" };
    const page = await read(EVENTS, { path, query }, signal);
    return before === undefined ? withFirst(page) : withOlder(before, page);
  }
  return withNew(before, ...(await newSince(executionId, before.after, signal)));
}

async function newSince(executionId: string, asked: string, signal: AbortSignal): Promise<[Line[], string]> {
  const news: Line[] = [];
  let after = "";
  let cursor: string | null = "";
  while (cursor !== null) {
    const input = { path: { executionId }, query: { limit: 100, after: asked, cursor } };
    const page: Schemas["EventPage"] = await read(EVENTS, input, signal);
    news.push(...page.items);
    after = page.nextAfter > after ? page.nextAfter : after;
    cursor = page.nextCursor;
  }
  return [news, after];
}
