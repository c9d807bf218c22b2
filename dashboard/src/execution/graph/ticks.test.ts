import { expect, it } from "vitest";
import { aWave } from "../examples";
import { ticksInWords, ticksOf } from "./ticks";

type Steps = Parameters<typeof ticksOf>[1];
const run = (phase: string, order: number, status: string, facts = {}) =>
  ({ waveNumber: 1, phase, order, status, attempt: 1, ...facts }) as Steps[number];

const WAVE = aWave(1, { stepCount: 4 });

it("has a tick for each planned step, in the order in which they run", () => {
  const steps = [
    run("VALIDATION", 0, "RUNNING"),
    run("PRE_ACTION", 1, "TIMED_OUT"),
    run("PRE_ACTION", 0, "SUCCEEDED"),
    run("PRE_ACTION", 0, "FAILED", { waveNumber: 2 }),
  ];
  expect(ticksOf(WAVE, steps)).toEqual(["passed", "failed", "running", "open"]);
  expect(ticksOf(WAVE, [])).toEqual(["open", "open", "open", "open"]);
  expect(ticksOf(aWave(3), steps)).toEqual([]);
});

it("counts the worst target of a step, and its last attempt alone", () => {
  const wave = aWave(1, { stepCount: 1 });
  const targets = [run("VALIDATION", 0, "SUCCEEDED"), run("VALIDATION", 0, "FAILED")];
  expect(ticksOf(wave, targets)).toEqual(["failed"]);
  expect(ticksOf(wave, [...targets, run("VALIDATION", 0, "SUCCEEDED", { attempt: 2 })])).toEqual(["passed"]);
  const skipped = [run("VALIDATION", 0, "SKIPPED"), run("VALIDATION", 0, "SUCCEEDED")];
  expect(ticksOf(wave, skipped)).toEqual(["passed"]);
});

it("says in words what the ticks show", () => {
  expect(ticksInWords([])).toBe("");
  expect(ticksInWords(["open"])).toBe("0 of 1 step passed");
  expect(ticksInWords(["passed", "failed", "passed", "running", "skipped"])).toBe(
    "2 of 5 steps passed, 1 failed, 1 running, 1 skipped",
  );
});
