import { expect, it } from "vitest";
import { isTyped } from "./typed";

it("takes what was asked for in any case and with outer blanks, and nothing else", () => {
  expect(isTyped("  StoreFront ", "storefront")).toBe(true);
  expect(isTyped("store front", "storefront")).toBe(false);
  expect(isTyped("", "storefront")).toBe(false);
  expect(isTyped("storefront2", "storefront")).toBe(false);
  expect(isTyped("222233334444\n", "222233334444")).toBe(true);
  expect(isTyped("  STOREFRONT   18 ", "storefront 18")).toBe(true);
  expect(isTyped("storefront 17", "storefront 18")).toBe(false);
  expect(isTyped("", "")).toBe(false);
});
