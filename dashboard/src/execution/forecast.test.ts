import { expect, it } from "vitest";
import { aDetail, aWave } from "./examples";
import { forecastOf, plannedSpans, spansAhead } from "./forecast";

const START = Date.parse("2026-11-26T02:14:00Z");
const MINUTE = 60_000;
const at = (minutes: number) => new Date(START + minutes * MINUTE).toISOString();

it("adds what waves still need along the longest chain, with their delays", () => {
  const waves = [
    aWave(1, { status: "EXECUTING", startedAt: at(0) }),
    aWave(2, { dependsOn: [1], delaySeconds: 60 }),
    aWave(3),
  ];
  expect(forecastOf(aDetail(waves), START + 4 * MINUTE).end).toBe(START + 21 * MINUTE);
});

it("gives an overdue wave some time more, and never ends before now", () => {
  const late = [aWave(1, { status: "EXECUTING", startedAt: at(0) })];
  const now = START + 60 * MINUTE;
  expect(forecastOf(aDetail(late), now).end).toBe(now + 1.5 * MINUTE);
});

it("says nothing where a person or a pause decides", () => {
  expect(forecastOf(aDetail([aWave(1, { status: "AWAITING_APPROVAL" })]), START).end).toBeNull();
  expect(forecastOf(aDetail([aWave(1)], { status: "PAUSED" }), START).end).toBeNull();
  expect(forecastOf(aDetail([], { status: "COMPLETED" }), START)).toEqual({ end: null, note: "" });
});

it("names the approvals that are still to come", () => {
  const waves = [
    aWave(1, { status: "EXECUTING", startedAt: at(0) }),
    aWave(2, { dependsOn: [1], approvalRequired: true }),
  ];
  expect(forecastOf(aDetail(waves), START).note).toBe("and the wait for 1 approval");
});

it("plans waves in the order of their dependencies, whatever their numbers", () => {
  const spans = plannedSpans([aWave(1, { dependsOn: [2] }), aWave(2)], START);
  expect(spans.get(2)).toEqual({ from: START, to: START + 10 * MINUTE });
  expect(spans.get(1)).toEqual({ from: START + 10 * MINUTE, to: START + 20 * MINUTE });
});

it("survives waves that wait for each other", () => {
  const spans = spansAhead([aWave(1, { dependsOn: [2] }), aWave(2, { dependsOn: [1] })], START);
  expect(spans.size).toBe(2);
});
