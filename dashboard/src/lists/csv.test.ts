import { describe, expect, it } from "vitest";
import { csvOf } from "./csv";

const COLUMNS = [
  { name: "name", value: (row: { a: string; b: number | null }) => row.a },
  { name: "lag", value: (row: { a: string; b: number | null }) => row.b },
];

/** A reader of its own, so that what is written can be read back. */
function read(text: string): string[][] {
  const rows: string[][] = [[]];
  for (const [, quoted, plain, end] of text.slice(1).matchAll(/(?:"((?:[^"]|"")*)"|([^,\r"]*))(,|\r\n)/g)) {
    rows.at(-1)?.push(quoted?.replaceAll('""', '"') ?? plain ?? "");
    if (end === "\r\n") rows.push([]);
  }
  return rows.slice(0, -1);
}

describe("a table as CSV", () => {
  it("can be read back whatever the texts contain", () => {
    const pieces = ['"', ",", "\r\n", "web", " ", "é", "\n"];
    for (let seed = 0; seed < 343; seed += 1) {
      const text = `x${[seed % 7, Math.floor(seed / 7) % 7, Math.floor(seed / 49)].map((part) => pieces[part]).join("")}`;
      const written = csvOf(COLUMNS, [
        { a: text, b: seed },
        { a: "last", b: null },
      ]);
      expect(read(written)).toEqual([
        ["name", "lag"],
        [text, String(seed)],
        ["last", ""],
      ]);
    }
  });

  it("never holds a text that a spreadsheet carries out, but numbers as they are", () => {
    for (const start of ["=", "+", "-", "@", " =", "\t="]) {
      expect(csvOf(COLUMNS, [{ a: `${start}cmd()`, b: -1 }])).toContain(`'${start}cmd(),-1`.trimEnd());
    }
  });
});
