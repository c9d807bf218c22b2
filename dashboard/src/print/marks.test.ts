import { expect, it } from "vitest";
import { edgeTexts, quoted } from "./marks";

it("says on every page what it is, where it is from, and when and by whom it was printed", () => {
  const texts = edgeTexts({
    title: "(2) DRILL of storefront · Executions · DR orchestration",
    address: "https://dr.example.com/executions/exec-1?view=report",
    stage: "prod",
    person: "operator@example.com",
    at: "2026-11-26 02:14:07",
  });
  expect(texts).toEqual({
    "--printed-what": '"DRILL of storefront · Executions · DR orchestration · PROD"',
    "--printed-when": '"Printed 2026-11-26 02:14:07 UTC by operator@example.com"',
    "--printed-where": '"https://dr.example.com/executions/exec-1?view=report"',
  });
});

it("keeps any text within its quotes", () => {
  expect(quoted('a "b" \\ c\nd')).toBe('"a \\"b\\" \\\\ c d"');
});
