import { describe, expect, it } from "vitest";
import { canBeLeftOut, documentOf, overwrites, summaryOf, without } from "./import_document";

const DOCUMENT = {
  schemaVersion: 1,
  groups: [{ name: "a" }, { name: "b" }, { name: "c" }],
  plans: [{ name: "p" }],
};

/** As the export writes it. */
const YAML = `schemaVersion: 1
groups:
  - name: yes
    description: "line\\nbreak"
    since: 2026-11-26
    tags: {}
    servers: []
`;

/** Each line is nine times as much as the one before. */
const BOMB = `schemaVersion: 1\na0: &a0 [x]\n${Array.from(
  { length: 9 },
  (_, index) => `a${index + 1}: &a${index + 1} [${Array(9).fill(`*a${index}`).join(", ")}]`,
).join("\n")}`;

describe("a document of the configuration", () => {
  it("is read from JSON or YAML", async () => {
    expect((await documentOf(JSON.stringify(DOCUMENT))).document).toEqual(DOCUMENT);
    expect((await documentOf(YAML)).document).toEqual({
      schemaVersion: 1,
      groups: [{ name: "yes", description: "line\nbreak", since: "2026-11-26", tags: {}, servers: [] }],
    });
  });

  it.each([
    ['{"schemaVersion": 1,', "not valid JSON"],
    ["[]", "no schemaVersion"],
    ["null", "no schemaVersion"],
    ["3", "no schemaVersion"],
    ["{}", "no schemaVersion"],
    ["", "no schemaVersion"],
    ["a text", "no schemaVersion"],
    ["schemaVersion: 1\nplans:\n  - [", "line 3"],
    ["schemaVersion: 1\nschemaVersion: 2", "line 2"],
    ["--- 1\n--- 2", "multiple documents"],
    [BOMB, "cannot be read"],
  ])("is refused in a sentence: %j, %s", async (text, part) => {
    const { document, problem } = await documentOf(text);
    expect(document).toBeUndefined();
    expect(problem).toContain(part);
    expect(problem).toMatch(/^This .*\.$/);
    expect(problem).not.toContain("\n");
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
