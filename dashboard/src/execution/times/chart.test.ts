import { expect, it } from "vitest";
import { aDetail, aWave } from "../examples";
import { chartOf, ticks } from "./chart";

const START = Date.parse("2026-11-26T02:14:00Z");
const MINUTE = 60_000;
const at = (minutes: number) => new Date(START + minutes * MINUTE).toISOString();

const DETAIL = aDetail([
  aWave(1, { status: "COMPLETED", readyAt: at(0), startedAt: at(1), endedAt: at(8) }),
  aWave(2, { status: "EXECUTING", dependsOn: [1], readyAt: at(8), startedAt: at(8) }),
  aWave(3, { dependsOn: [2] }),
]);

it("draws a run that is still going on", () => {
  const now = START + 12 * MINUTE;
  const { rows, from, to } = chartOf(DETAIL, now, null);
  expect(rows.map(({ actual }) => actual?.to ?? null)).toEqual([START + 8 * MINUTE, now, null]);
  expect(rows[0]?.waited).toEqual({ from: START, to: START + MINUTE });
  expect(rows[0]?.expected).toBeNull();
  expect(rows[1]?.expected?.from).toBe(now);
  expect(from).toBe(START);
  for (const row of rows) {
    for (const span of [row.planned, row.actual, row.expected, row.waited]) {
      if (span !== null) expect(span.from >= from && span.to <= to && span.to >= span.from).toBe(true);
    }
  }
});

it("expects nothing more after the end, and shows the target where it is near", () => {
  const ended = aDetail([aWave(1, { status: "COMPLETED", startedAt: at(0), endedAt: at(8) })], {
    status: "COMPLETED",
    endedAt: at(8),
  });
  expect(chartOf(ended, START + 600 * MINUTE, null).rows[0]?.expected).toBeNull();
  expect(chartOf(ended, START, 15).to).toBeGreaterThanOrEqual(START + 15 * MINUTE);
  expect(chartOf(ended, START, 6_000).to).toBeLessThan(START + 60 * MINUTE);
});

it("shows a pause that is not over until now", () => {
  const paused = aDetail([aWave(1)], {
    status: "PAUSED",
    pausedAt: at(5),
    pauses: [{ beganAt: at(1), endedAt: at(2) }],
  });
  expect(chartOf(paused, START + 7 * MINUTE, null).pauses).toEqual([
    { from: START + MINUTE, to: START + 2 * MINUTE },
    { from: START + 5 * MINUTE, to: START + 7 * MINUTE },
  ]);
});

it.each([5_000, 90_000, 3_600_000, 40_000_000, 900_000_000])(
  "has some round ticks within %d ms",
  (length) => {
    const found = ticks(START, START + length, 6);
    expect(found.length).toBeGreaterThan(1);
    expect(found.length).toBeLessThanOrEqual(8);
    expect(found.every((tick) => tick >= START && tick <= START + length && tick % 1_000 === 0)).toBe(true);
  },
);
