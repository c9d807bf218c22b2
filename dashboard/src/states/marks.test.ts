import { describe, expect, it } from "vitest";
import * as marks from "./marks";

// That every value of the API has a mark is the compiler's to demand: `Marks<Schemas["ExecutionStatus"]>` and so on.

const FAMILIES_OF: Record<string, string[]> = {
  cross: ["failed"],
  warning: ["attention"],
  check: ["good", "working"],
};

const MAPS = Object.entries(marks).filter(([, value]) => typeof value === "object") as [
  string,
  Readonly<Record<string, { word: string; family: string; glyph: string }>>,
][];

describe.each(MAPS)("the marks of %s", (_name, map) => {
  it("never tell two states apart by colour alone", () => {
    const seen = Object.values(map).map(({ word, glyph }) => `${glyph} ${word}`);
    expect(new Set(seen).size).toBe(seen.length);
  });

  it("use a shape for one family only, but for what nobody mistakes", () => {
    for (const { glyph, family } of Object.values(map)) {
      const families = FAMILIES_OF[glyph] ?? [family];
      expect(families).toContain(family);
    }
  });
});

it("shows an unknown value as it is, and as unknown", () => {
  expect(marks.markOf("execution", "EXPLODED")).toEqual({
    word: "EXPLODED",
    family: "unknown",
    glyph: "question",
  });
  expect(marks.markOf("execution", "toString").family).toBe("unknown");
  expect(marks.markOf("wave", "AWAITING_APPROVAL").word).toBe("Needs approval");
});
