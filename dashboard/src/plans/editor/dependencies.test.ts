import { describe, expect, it } from "vitest";
import { anyContent, content, SEEDS, wave } from "../sample_plans";
import { findCycle } from "./cycles";
import { dependencyInWords, startsAfter, toggled, wayBetween, whyNotAfter, without } from "./dependencies";

const PLAN = content([
  wave(1, "Network", { dependsOn: [] }),
  wave(2, "Database", { dependsOn: [5] }),
  wave(3, "Web", { dependsOn: [] }),
  wave(4, "Cache", { dependsOn: [1] }),
  wave(5, "App", { dependsOn: [3] }),
]);

it("says on which way a wave already comes before the one that it is to wait for", () => {
  expect(whyNotAfter(PLAN, 3, 2)).toBe("Web already comes before Database: 3 → 5 → 2");
  expect(whyNotAfter(PLAN, 4, 2)).toBe("");
  expect(whyNotAfter(PLAN, 4, 4)).toBe("A wave cannot wait for itself.");
});

it("names a wave without a name by its number", () => {
  const plan = content([wave(1, "", { dependsOn: [] }), wave(2, "App")]);
  expect(dependencyInWords(plan.waves, 2, 1)).toBe("App starts after wave 1");
});

it("adds a dependency, and removes it the second time", () => {
  const after = toggled(PLAN, 4, 2);
  expect(startsAfter(after, 4, 2)).toBe(true);
  expect(toggled(after, 4, 2)).toEqual(PLAN);
  expect(without(PLAN, 4, 3)).toBe(PLAN);
});

describe.each(SEEDS)("of plan %s", (seed) => {
  const plan = anyContent(seed);
  const numbers = plan.waves.map(({ number }) => number);
  const pairs = numbers.flatMap((number) => numbers.map((needed) => [number, needed] as const));

  it("a dependency is refused exactly where it would make a cycle, and then the way is one of the plan", () => {
    for (const [number, needed] of pairs) {
      if (startsAfter(plan, number, needed)) continue;
      const needs = new Map(plan.waves.map((each) => [each.number, [...each.dependsOn]]));
      needs.get(number)?.push(needed);
      expect(whyNotAfter(plan, number, needed) === "").toBe(findCycle(needs).length === 0);
      const way = wayBetween(plan.waves, number, needed);
      for (const [index, step] of way.slice(1).entries())
        expect(startsAfter(plan, step, way[index] as number)).toBe(true);
    }
  });

  it("no change in the graph leads to a cycle", () => {
    for (const [number, needed] of pairs) {
      const { waves } = toggled(plan, number, needed);
      expect(findCycle(new Map(waves.map((each) => [each.number, each.dependsOn])))).toEqual([]);
    }
  });
});
