import { expect, it } from "vitest";
import { changedReadings, isAlike } from "./difference";

it("compares content, and takes the time of a reading for no change", () => {
  const run = { status: "PAUSED", waves: [{ number: 1, servers: ["a"] }], asOf: "02:14:07" };
  expect(isAlike(run, { ...run, asOf: "02:14:12" })).toBe(true);
  expect(isAlike(run, { ...run, status: "RUNNING" })).toBe(false);
  expect(isAlike(run, { ...run, waves: [{ number: 1, servers: ["a", "b"] }] })).toBe(false);
  expect(isAlike(run, { ...run, more: undefined })).toBe(false);
  expect(isAlike([], {})).toBe(false);
  expect(isAlike(null, {})).toBe(false);
  expect(isAlike(new Map([["a", 1]]), new Map([["a", 2]]))).toBe(false);
});

it("counts readings that are still shown and have changed", () => {
  const before = new Map<string, unknown>([
    ["kept", { a: 1 }],
    ["changed", { a: 1 }],
    ["gone", { a: 1 }],
  ]);
  const now = new Map<string, unknown>([
    ["kept", { a: 1 }],
    ["changed", { a: 2 }],
    ["new", { a: 1 }],
  ]);
  expect(changedReadings(before, now)).toBe(1);
});
