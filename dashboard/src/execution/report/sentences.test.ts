import { expect, it } from "vitest";
import { aDetail, aWave, NONE } from "../examples";
import { leftOvers, outcomeSentence, rtoOf } from "./sentences";

const ended = (status: "COMPLETED" | "PARTIAL" | "CANCELLED", minutes: number) =>
  aDetail([aWave(1, { launchedCount: 3 })], {
    status,
    endedAt: new Date(Date.parse("2026-11-26T02:14:00Z") + 60_000 * minutes).toISOString(),
    counts: { ...NONE, launched: 3, failed: 1 },
  });

it("says in one sentence how it ended", () => {
  expect(outcomeSentence(ended("PARTIAL", 30))).toBe(
    "The DRILL of Storefront is partly recovered: 3 of 4 servers launched.",
  );
});

it("holds the target to be met only by a run that has recovered everything in time", () => {
  expect(rtoOf(ended("COMPLETED", 30), 60).met).toBe(true);
  expect(rtoOf(ended("COMPLETED", 61), 60).met).toBe(false);
  expect(rtoOf(ended("PARTIAL", 30), 60).met).toBe(false);
  expect(rtoOf(ended("CANCELLED", 30), 60).met).toBeNull();
  expect(rtoOf(ended("COMPLETED", 30), null).met).toBeNull();
  expect(rtoOf(aDetail([aWave(1)]), 60).met).toBeNull();
});

it("names what is left", () => {
  expect(leftOvers(ended("PARTIAL", 30))).toEqual([
    "3 launched servers whose instances were not terminated",
    "1 server failed",
  ]);
});
