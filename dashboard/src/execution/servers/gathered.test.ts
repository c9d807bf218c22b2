import { expect, it } from "vitest";
import type { Details, State } from "./gathered";
import { isComplete, NOTHING, withChanges, withDetails, withStates } from "./gathered";

const state = (id: string, status: State["status"] = "NOT_STARTED"): State => ({
  sourceServerId: id,
  hostname: `host-${id}`,
  waveNumber: 1,
  status,
});
const details = (id: string, status: State["status"], changedAt: string): Details =>
  ({ ...state(id, status), changedAt }) as Details;

const STATES = withStates(NOTHING, {
  items: [state("a"), state("b")],
  nextCursor: null,
  nextChangedAfter: "t0",
});
const FULL = withDetails(STATES, {
  items: [details("a", "LAUNCHING", "t2"), details("b", "NOT_STARTED", "t1")],
  nextCursor: null,
  nextChangedAfter: "t5",
});

it("shows states before their details have come", () => {
  expect([...STATES.rows.values()].map(({ details: known }) => known)).toEqual([null, null]);
  expect(isComplete(STATES)).toBe(false);
  expect(FULL.rows.get("a")?.status).toBe("LAUNCHING");
  expect(isComplete(FULL)).toBe(true);
});

it("asks for changes since the first page was read, not since the last", () => {
  expect(FULL.next).toEqual({ kind: "changes", after: "t0" });
});

it("is the same object when all that was sent is known", () => {
  expect(withChanges(FULL, [details("a", "LAUNCHING", "t2")], "t0")).toBe(FULL);
});

it("takes changes in whatever order they come, and lets no older one win", () => {
  const news = [details("a", "LAUNCHED", "t4"), details("a", "FAILED", "t3")];
  for (const order of [news, [...news].reverse()]) {
    expect(withChanges(FULL, order, "t3").rows.get("a")?.status).toBe("LAUNCHED");
  }
});

it("keeps the rows of servers that have not changed as they are", () => {
  const after = withChanges(FULL, [details("a", "LAUNCHED", "t4")], "t3");
  expect(after.rows.get("b")).toBe(FULL.rows.get("b"));
});
