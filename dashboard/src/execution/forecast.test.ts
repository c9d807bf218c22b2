import { expect, it } from "vitest";
import { aDetail, aWave } from "./examples";
import { driftOf, forecastOf, plannedSpans, spansAhead } from "./forecast";
import type { Detail } from "./run";

const START = Date.parse("2026-11-26T02:14:00Z");
const MINUTE = 60_000;
const at = (minutes: number) => new Date(START + minutes * MINUTE).toISOString();

const forecast = (facts: Partial<Detail["forecast"]> = {}): Detail["forecast"] => ({
  ...aDetail([]).forecast,
  ...{ endAt: at(38), earliestAt: at(35), latestAt: at(51) },
  ...facts,
});

it("shows the end and the range of the API, never before now", () => {
  const detail = aDetail([aWave(1)], {}, { forecast: forecast() });
  const [end, earliest, latest] = [38, 35, 51].map((minutes) => START + minutes * MINUTE);
  expect(forecastOf(detail, START)).toEqual({ end, earliest, latest, note: "" });
  const now = START + 40 * MINUTE;
  expect(forecastOf(detail, now)).toEqual({ end: now, earliest: now, latest, note: "" });
  expect(forecastOf(detail, START + 60 * MINUTE).note).toBe("it takes longer than expected");
});

it("says why there is no forecast, and nothing after the end", () => {
  const none = forecast({ endAt: null, reason: "no forecast while it is paused" });
  expect(forecastOf(aDetail([], {}, { forecast: none }), START).note).toBe("no forecast while it is paused");
  expect(forecastOf(aDetail([], { status: "COMPLETED" }), START)).toEqual({
    ...{ end: null, earliest: null, latest: null, note: "" },
  });
});

it("names the approvals that are still to come", () => {
  const waves = [
    aWave(1, { status: "EXECUTING", startedAt: at(0) }),
    aWave(2, { dependsOn: [1], approvalRequired: true }),
  ];
  expect(forecastOf(aDetail(waves, {}, { forecast: forecast() }), START).note).toBe(
    "and the wait for 1 approval",
  );
});

it("says how far the run was from the forecast at its start", () => {
  const drift = (totalSeconds: number | null) =>
    driftOf({
      timing: { ...aDetail([]).timing, totalSeconds },
      forecast: forecast({ plannedP50Seconds: 2_280, plannedP90Seconds: 2_820 }),
    });
  expect(drift(null)).toBe("");
  expect(drift(2_300)).toBe("as forecast at the start");
  expect(drift(1_680)).toBe("10 min shorter than forecast at the start");
  expect(drift(2_760)).toBe("8 min longer than forecast at the start, within its range");
  expect(drift(3_480)).toBe("20 min longer than forecast at the start");
});

it("expects waves that run to end when they are expected to, and overdue ones a little later", () => {
  const waves = [
    aWave(1, { status: "EXECUTING", startedAt: at(0) }),
    aWave(2, { dependsOn: [1], delaySeconds: 60 }),
  ];
  expect(spansAhead(waves, START + 4 * MINUTE).get(2)?.to).toBe(START + 21 * MINUTE);
  expect(spansAhead(waves, START + 60 * MINUTE).get(1)?.to).toBe(START + 61.5 * MINUTE);
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
