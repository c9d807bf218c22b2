import { expect, it } from "vitest";
import type { Schemas } from "../../api/schemas";
import { EXECUTION } from "../../states/marks";
import { filtersOf } from "../filters";
import { habitOf, inTime, isMeant, MOST_RUNS, type Run, runInWords } from "./grid";

const NOW = Date.parse("2026-11-27T12:00:00Z");
const run = (over: Partial<Run> = {}): Run => ({
  executionId: "exec-1",
  mode: "DRILL",
  status: "COMPLETED",
  startedAt: "2026-11-26T02:14:07Z",
  endedAt: "2026-11-26T02:45:07Z",
  ...over,
});
const filters = (text: string) => filtersOf(new URLSearchParams(text), Object.keys(EXECUTION));

it("has the newest run at the right end of each row, however many there are", () => {
  for (let count = 0; count <= MOST_RUNS + 2; count++) {
    const runs = Array.from({ length: count }, (_, index) => run({ executionId: `exec-${index}` }));
    const cells = inTime(runs);
    expect(cells).toHaveLength(MOST_RUNS);
    expect(cells.at(-1)?.executionId).toBe(count === 0 ? undefined : "exec-0");
    expect(cells.filter((cell) => cell !== null)).toHaveLength(Math.min(count, MOST_RUNS));
  }
});

it("applies every filter to the cells", () => {
  expect(isMeant(run(), filters(""), NOW)).toBe(true);
  expect(isMeant(run(), filters("mode=RECOVERY"), NOW)).toBe(false);
  expect(isMeant(run(), filters("status=FAILED"), NOW)).toBe(false);
  expect(isMeant(run({ startedAt: "2026-09-01T00:00:00Z" }), filters(""), NOW)).toBe(false);
  expect(isMeant(run({ startedAt: "2026-09-01T00:00:00Z" }), filters("days=0"), NOW)).toBe(true);
});

it("says in words what a cell shows", () => {
  expect(runInWords(run(), "utc")).toBe("DRILL completed, started 2026-11-26 02:14:07 UTC, took 31 min");
  expect(runInWords(run({ endedAt: null, status: "IN_PROGRESS" }), "utc")).toBe(
    "DRILL running, started 2026-11-26 02:14:07 UTC",
  );
});

it("counts what did not end well, and not what was cancelled or still runs", () => {
  const statuses: Schemas["ExecutionStatus"][] = ["COMPLETED", "FAILED", "PARTIAL", "TIMED_OUT", "CANCELLED"];
  expect(habitOf(statuses.map((status) => run({ status })))).toBe("3 of 5");
  expect(habitOf([run({ endedAt: null, status: "IN_PROGRESS" })])).toBe("");
});
