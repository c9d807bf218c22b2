import { expect, it } from "vitest";
import { phaseNow, phasesOf } from "./phases";

const START = Date.parse("2026-11-26T02:14:00Z");
const at = (minutes: number) => new Date(START + minutes * 60_000).toISOString();
const NOW = START + 20 * 60_000;

const line = (minutes: number | null, event: string, server = "s-web") =>
  ({ at: minutes === null ? null : at(minutes), event, sourceServerId: server }) as Parameters<
    typeof phasesOf
  >[0][number];

it("reads the phases of a server from the log of its job, in whatever order the lines come", () => {
  const lines = [
    line(10, "LAUNCH_START"),
    line(0, "SNAPSHOT_START"),
    line(4, "CONVERSION_START"),
    line(3, "SNAPSHOT_END"),
    line(9, "CONVERSION_END"),
    line(1, "SNAPSHOT_START", "s-other"),
    line(null, "CONVERSION_START"),
    line(0, "JOB_START", ""),
  ];
  const phases = phasesOf(lines, "s-web", NOW).map(({ letter, from, to }) => [
    letter,
    (from - START) / 60_000,
    (to - START) / 60_000,
  ]);
  expect(phases).toEqual([
    ["S", 0, 3],
    ["C", 4, 9],
    ["L", 10, 20],
  ]);
});

it("ends a phase where it failed, or where the next one begins", () => {
  const failed = [line(0, "SNAPSHOT_START"), line(2, "SNAPSHOT_FAIL")];
  expect(phasesOf(failed, "s-web", NOW)).toMatchObject([{ letter: "S", to: START + 120_000 }]);
  const unended = [line(0, "SNAPSHOT_START"), line(2, "CONVERSION_START")];
  expect(phasesOf(unended, "s-web", NOW)).toMatchObject([
    { letter: "S", to: START + 120_000 },
    { letter: "C", to: NOW },
  ]);
});

it("knows the phase that a server is in, and none before the first, between two or after the last", () => {
  const lines = [line(0, "SNAPSHOT_START"), line(3, "SNAPSHOT_END"), line(4, "CONVERSION_START")];
  expect(phaseNow(lines, "s-web")).toMatchObject({ letter: "C", from: START + 4 * 60_000 });
  expect(phaseNow(lines.slice(0, 1), "s-web")).toMatchObject({ letter: "S" });
  expect(phaseNow(lines.slice(0, 2), "s-web")).toBeUndefined();
  expect(phaseNow([...lines, line(9, "CONVERSION_END")], "s-web")).toBeUndefined();
  expect(phaseNow(lines, "s-other")).toBeUndefined();
});
