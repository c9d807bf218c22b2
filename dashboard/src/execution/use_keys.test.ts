import { expect, it } from "vitest";
import { aDetail, aWave } from "./examples";
import { selectionOf } from "./selection";
import { keySelects } from "./use_keys";

const PLAIN = selectionOf(new URLSearchParams());
const DETAIL = aDetail([
  aWave(1, { status: "COMPLETED" }),
  aWave(2, { status: "AWAITING_APPROVAL" }),
  aWave(5, { status: "AWAITING_DECISION" }),
]);

it("chooses views by number", () => {
  expect(keySelects("3", DETAIL, PLAIN)).toEqual({ view: "servers" });
  expect(keySelects("9", DETAIL, PLAIN)).toBeNull();
});

it("goes round through what needs a person", () => {
  expect(keySelects("n", DETAIL, PLAIN)).toEqual({ wave: 2 });
  expect(keySelects("n", DETAIL, { ...PLAIN, wave: 5 })).toEqual({ wave: 2 });
  expect(keySelects("p", DETAIL, { ...PLAIN, wave: 2 })).toEqual({ wave: 5 });
  expect(keySelects("n", aDetail([aWave(1)]), PLAIN)).toBeNull();
});

it("closes the server, then the wave, then nothing", () => {
  expect(keySelects("Escape", DETAIL, { ...PLAIN, wave: 2, server: "s-1" })).toEqual({ server: "" });
  expect(keySelects("Escape", DETAIL, { ...PLAIN, wave: 2 })).toEqual({ wave: null });
  expect(keySelects("Escape", DETAIL, PLAIN)).toBeNull();
});

it("never acts", () => {
  for (let code = 32; code < 127; code++) {
    expect(keySelects(String.fromCharCode(code), DETAIL, PLAIN)?.act).toBeUndefined();
  }
});
