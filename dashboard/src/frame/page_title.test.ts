import { expect, it } from "vitest";
import { linkText, tabTitle } from "./page_title";

it("says first how much waits", () => {
  expect(tabTitle("Home", 0)).toBe("Home · DR orchestration");
  expect(tabTitle("Tag sync · Settings", 2)).toBe("(2) Tag sync · Settings · DR orchestration");
});

it("is copied with the moment", () => {
  const now = Date.parse("2026-01-18T09:30:07Z");
  expect(linkText("https://dr.example.com/executions/exec-1?view=times", now)).toBe(
    "https://dr.example.com/executions/exec-1?view=times (as of 2026-01-18 09:30:07 UTC)",
  );
});
