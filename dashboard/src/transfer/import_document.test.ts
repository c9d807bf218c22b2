import { describe, expect, it } from "vitest";
import { canBeLeftOut, documentOf, overwrites, summaryOf, without } from "./import_document";

const DOCUMENT = {
  schemaVersion: 1,
  groups: [{ name: "a" }, { name: "b" }, { name: "c" }],
  plans: [{ name: "p" }],
};

describe("a document of the configuration", () => {
  it("is read from JSON, and refused in a sentence otherwise", () => {
    expect(documentOf(JSON.stringify(DOCUMENT)).document).toEqual(DOCUMENT);
    for (const text of ["schemaVersion: 1", "[]", "null", "3", "{}"]) {
      const { document, problem } = documentOf(text);
      expect(document).toBeUndefined();
      expect(problem).not.toBe("");
    }
  });

  it("loses what was left out, and nothing else", () => {
    const left = without(DOCUMENT as never, [
      "groups[0]",
      "document.groups[2]",
      "settings.launchDefaults",
      "plans[9]",
    ]);
    expect(left).toEqual({ schemaVersion: 1, groups: [{ name: "b" }], plans: [{ name: "p" }] });
    expect(without(DOCUMENT as never, [])).toEqual(DOCUMENT);
    expect(canBeLeftOut({ field: "groups[0]" })).toBe(true);
    expect(canBeLeftOut({ field: "settings" })).toBe(false);
  });
});

it("sums a report up, and knows when something is overwritten", () => {
  const items = [
    { action: "CREATE", outcome: "PLANNED" },
    { action: "UPDATE", outcome: "PLANNED" },
    { action: "UPDATE", outcome: "FAILED" },
    { action: "NONE", outcome: "UNCHANGED" },
  ] as const;
  expect(summaryOf(items)).toBe("1 new, 1 changed, 1 not possible, 1 as it is");
  expect(overwrites(items)).toBe(true);
  expect(overwrites([items[0], items[2], items[3]])).toBe(false);
});
