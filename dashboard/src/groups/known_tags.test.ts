import { expect, it } from "vitest";
import { keysOf, valuesOf } from "./known_tags";

const SERVERS: { tags: Record<string, string> }[] = [
  { tags: { Tier: "web", Name: "a" } },
  { tags: { Tier: "web" } },
  { tags: { Tier: "app" } },
  { tags: {} },
];

it("offers the tags that servers have, those of most servers first", () => {
  expect(keysOf(SERVERS)).toEqual([
    { text: "Tier", count: 3 },
    { text: "Name", count: 1 },
  ]);
  expect(valuesOf(SERVERS, "Tier")).toEqual([
    { text: "web", count: 2 },
    { text: "app", count: 1 },
  ]);
  expect(valuesOf(SERVERS, "toString")).toEqual([]);
});
