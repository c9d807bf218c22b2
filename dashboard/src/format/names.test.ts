import { expect, it } from "vitest";
import { byName } from "./names";

it("counts as people do", () => {
  expect(["web-10", "web-9", "app-1", "web-1"].sort(byName)).toEqual(["app-1", "web-1", "web-9", "web-10"]);
});
