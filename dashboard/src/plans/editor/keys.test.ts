import { expect, it } from "vitest";
import { actOf } from "./keys";

const NONE = { ctrlKey: false, metaKey: false, altKey: false, shiftKey: false };

it.each([
  ["s", { ctrlKey: true }, "save"],
  ["S", { metaKey: true }, "save"],
  ["z", { ctrlKey: true }, "undo"],
  ["Z", { ctrlKey: true, shiftKey: true }, "redo"],
  ["ArrowUp", { altKey: true }, "up"],
  ["ArrowDown", { altKey: true }, "down"],
  ["s", {}, undefined],
  ["z", { ctrlKey: true, altKey: true }, undefined],
  ["ArrowUp", {}, undefined],
  ["ArrowUp", { altKey: true, shiftKey: true }, undefined],
])("%s with %j is %s", (key, held, act) => {
  expect(actOf({ ...NONE, ...held, key })).toBe(act);
});
