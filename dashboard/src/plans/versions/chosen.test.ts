import { expect, it } from "vitest";
import { chosenVersions } from "./chosen";

it.each([
  ["", 7, [6, 7]],
  ["from=2&to=5", 7, [2, 5]],
  ["from=5&to=2", 7, [2, 5]],
  ["from=99&to=x", 7, [6, 7]],
  ["", 1, [1, 1]],
  ["from=3", 7, [3, 7]],
])("%s of %i versions is %j", (search, newest, chosen) => {
  expect(chosenVersions(new URLSearchParams(search), newest)).toEqual(chosen);
});
