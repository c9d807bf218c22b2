import { describe, expect, it } from "vitest";
import type { Schemas } from "../api/schemas";
import { foundInWords, groupsOf, modeOf, moved } from "./found";
import { findsAnything } from "./keys";
import { type Recent, withRecent } from "./recent";

const found = (over: Partial<Schemas["Found"]>): Schemas["Found"] => ({
  id: "plan-1",
  title: "Storefront",
  matched: "storefront",
  state: "IDLE",
  standing: "No execution uses it.",
  at: "2026-11-27T12:00:00Z",
  accountId: "",
  region: "",
  heldBy: "",
  ...over,
});

const ANSWER: Schemas["SearchResult"] = {
  results: [
    { type: "PLAN", items: [found({})], more: true, problem: "" },
    { type: "GROUP", items: [], more: false, problem: "" },
    { type: "EXECUTION", items: [], more: false, problem: "DynamoDB does not answer." },
    { type: "SERVER", items: [found({ id: "s-1/2", matched: "10.0.0.7" })], more: false, problem: "" },
  ],
};

describe("what was found", () => {
  it("is shown by type, and a type that failed is not taken for empty", () => {
    const groups = groupsOf(ANSWER);
    expect(groups.map(({ title }) => title)).toEqual(["Plans", "Executions", "Servers"]);
    expect(groups.flatMap(({ rows }) => rows.map(({ to, matched }) => [to, matched]))).toEqual([
      ["/plans/plan-1", ""],
      ["/servers/s-1%2F2", "10.0.0.7"],
    ]);
    expect(foundInWords(groups)).toBe("2 and more found; executions could not be looked up");
    expect(foundInWords([])).toBe("Nothing found");
  });

  it("says the mode of an execution only where the API says it", () => {
    expect(modeOf({ standing: "RECOVERY COMPLETED" })).toBe("RECOVERY");
    expect(modeOf({ standing: "COMPLETED" })).toBeUndefined();
  });
});

it("moves through all rows and around, whichever way", () => {
  for (const count of [1, 2, 7]) {
    for (const by of [1, -1] as const) {
      const seen = new Set<number>();
      let at = -1;
      for (let step = 0; step < count; step++) {
        at = moved(at, count, by);
        seen.add(at);
      }
      expect(seen.size).toBe(count);
      expect(Math.min(...seen)).toBe(0);
    }
  }
  expect(moved(3, 0, 1)).toBe(-1);
});

it("is reached by / outside of fields and by Ctrl-K everywhere", () => {
  const key = { key: "/", ctrlKey: false, metaKey: false, altKey: false, isTyping: false };
  expect(findsAnything(key, true)).toBe(true);
  expect(findsAnything(key, false)).toBe(false);
  expect(findsAnything({ ...key, isTyping: true }, true)).toBe(false);
  expect(findsAnything({ ...key, ctrlKey: true }, true)).toBe(false);
  expect(findsAnything({ ...key, key: "k", ctrlKey: true, isTyping: true }, false)).toBe(true);
  expect(findsAnything({ ...key, key: "K", metaKey: true }, true)).toBe(true);
  expect(findsAnything({ ...key, key: "k", ctrlKey: true, altKey: true }, true)).toBe(false);
  expect(findsAnything({ ...key, key: "k" }, true)).toBe(false);
});

it("remembers each thing once, the newest first", () => {
  const row = (to: string) => ({ type: "PLAN" as const, title: to, to });
  const many = ["a", "b", "c", "d", "e", "f", "b"].reduce<Recent[]>(
    (items, to) => withRecent(items, row(to)),
    [],
  );
  expect(many.map(({ to }) => to)).toEqual(["b", "f", "e", "d", "c"]);
});
