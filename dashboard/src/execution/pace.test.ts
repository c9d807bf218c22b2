import { expect, it } from "vitest";
import { aDetail, aWave } from "./examples";
import { paceOfRun, paceOfServers } from "./pace";

const NOW = Date.parse("2026-11-26T02:45:00Z");
const EXECUTING = aWave(1, { status: "EXECUTING" });
const GATE = aWave(2, { status: "AWAITING_APPROVAL" });

it("reads a run every 3 seconds, and every 2 after an act of this person", () => {
  const detail = aDetail([EXECUTING]);
  expect(paceOfRun(detail, NOW, 0).visible).toBe(3);
  expect(paceOfRun(detail, NOW, NOW - 29_000).visible).toBe(2);
  expect(paceOfRun(detail, NOW, NOW - 31_000).visible).toBe(3);
});

it("reads a run that only waits every 5 seconds, and keeps looking from a hidden tab", () => {
  expect(paceOfRun(aDetail([GATE]), NOW, 0)).toEqual({ visible: 5, hidden: 15 });
  expect(paceOfRun(aDetail([EXECUTING, GATE]), NOW, 0)).toEqual({ visible: 3, hidden: 15 });
  expect(paceOfRun(aDetail([EXECUTING], { status: "PAUSED" }), NOW, 0)).toEqual({ visible: 5, hidden: 15 });
  expect(paceOfRun(aDetail([EXECUTING]), NOW, 0).hidden).toBe(60);
});

it("reads once more after the end, and while instances are terminated", () => {
  const ended = (seconds: number) => ({
    status: "COMPLETED" as const,
    endedAt: new Date(NOW - 1_000 * seconds).toISOString(),
  });
  expect(paceOfRun(aDetail([], ended(2)), NOW, 0).visible).toBe(10);
  expect(paceOfRun(aDetail([], ended(60)), NOW, 0).visible).toBeNull();
  expect(paceOfServers(aDetail([], ended(60)), NOW).visible).toBeNull();
  expect(paceOfServers(aDetail([], ended(2)), NOW).visible).toBe(5);
  const termination = {
    round: 1,
    askedAt: "2026-11-26T02:44:00Z",
    askedBy: "a",
    askedBySubject: "",
    endedAt: null,
  };
  expect(paceOfRun(aDetail([], { ...ended(600), termination }), NOW, 0)).toEqual({
    visible: 5,
    hidden: null,
  });
});
