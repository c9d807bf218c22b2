import { expect, it } from "vitest";
import { isConfirmed } from "./typed";

it("takes the text without regard to case and outer blanks, and nothing else", () => {
  expect(isConfirmed(" Storefront ", "storefront")).toBe(true);
  expect(isConfirmed("store front", "storefront")).toBe(false);
  expect(isConfirmed("", "storefront")).toBe(false);
  expect(isConfirmed("", "")).toBe(false);
});
