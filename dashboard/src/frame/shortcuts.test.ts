// @vitest-environment happy-dom
import { describe, expect, it } from "vitest";
import { actOf, isTyping } from "./shortcuts";

const KEY = { key: "g", ctrlKey: false, metaKey: false, altKey: false, isTyping: false };

describe("a key", () => {
  it("leads to a page after g", () => {
    expect(actOf(KEY, "")).toEqual({ kind: "prefix" });
    expect(actOf({ ...KEY, key: "h" }, "g")).toEqual({ kind: "go", key: "h" });
    expect(actOf({ ...KEY, key: "h" }, "")).toEqual({ kind: "none" });
    expect(actOf({ ...KEY, key: "?" }, "")).toEqual({ kind: "help" });
  });

  it.each(["ctrlKey", "metaKey", "altKey", "isTyping"])("means nothing of ours with %s", (modifier) => {
    for (const before of ["", "g"])
      expect(actOf({ ...KEY, [modifier]: true }, before)).toEqual({ kind: "none" });
  });
});

it("knows where people type", () => {
  document.body.innerHTML = "<textarea></textarea><button></button><div role=menu><a></a></div>";
  expect(isTyping(document.querySelector("textarea"))).toBe(true);
  expect(isTyping(document.querySelector("a"))).toBe(true);
  expect(isTyping(document.querySelector("button"))).toBe(false);
  expect(isTyping(null)).toBe(false);
});
