import { describe, expect, it } from "vitest";
import {
  callsOf,
  type Deletable,
  failedOutcomes,
  keptInWords,
  outcomesOf,
  sortedOut,
  summary,
} from "./deletion";

const run = (executionId: string, instancesLeft: number | null = 0): Deletable => ({
  executionId,
  planName: "storefront",
  mode: "DRILL",
  startedAt: "2026-11-26T02:14:07Z",
  endedAt: "2026-11-26T02:44:07Z",
  instancesLeft,
});

describe("deleting several executions", () => {
  it("leaves out those whose instances nobody would find again, and asks for those that were not counted", () => {
    const { deleted, kept } = sortedOut([run("a"), run("b", 4), run("c", null)]);
    expect(deleted.map(({ executionId }) => executionId)).toEqual(["a", "c"]);
    expect(keptInWords(kept)).toBe(
      "One that you chose still has 4 instances, which nobody would find again. It is not deleted.",
    );
    expect(keptInWords([run("b", 4), run("d", 1)])).toContain("2 that you chose still have 5 instances");
    expect(keptInWords([])).toBe("");
  });

  it("asks for each exactly once, in calls of a few", () => {
    for (let count = 0; count < 24; count++) {
      const items = Array.from({ length: count }, (_, index) => index);
      const calls = callsOf(items);
      expect(calls.flat()).toEqual(items);
      expect(Math.max(0, ...calls.map(({ length }) => length))).toBeLessThanOrEqual(5);
    }
  });

  it("has an outcome for each, whatever the answer says", () => {
    const answer = [
      { executionId: "a", deleted: true, code: "", message: "" },
      { executionId: "b", deleted: false, code: "InUse", message: "Instances of it may exist." },
    ];
    const outcomes = [
      ...outcomesOf([run("a"), run("b"), run("c")], answer),
      ...failedOutcomes([run("d")], "No answer.", true),
      ...failedOutcomes([run("e")], "Refused.", false),
    ];
    expect(outcomes.map(({ execution, result }) => `${execution.executionId} ${result}`)).toEqual([
      "a deleted",
      "b refused",
      "c unknown",
      "d unknown",
      "e refused",
    ]);
    expect(summary(outcomes)).toBe("1 execution deleted, 2 not deleted, of 2 it is not known.");
    expect(summary(outcomes.slice(0, 1))).toBe("1 execution deleted.");
  });
});
