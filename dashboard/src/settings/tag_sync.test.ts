import { expect, it } from "vitest";
import { hoursProblem } from "./tag_sync";

it.each(["1", "24", " 6 "])("takes %j hours", (typed) => {
  expect(hoursProblem(typed)).toBe("");
});

it.each(["", "0", "25", "-1", "1.5", "1e1", "six", "100"])("refuses %j hours", (typed) => {
  expect(hoursProblem(typed)).not.toBe("");
});
