import { describe, expect, it } from "vitest";
import type { Schemas } from "../../api/schemas";
import { isOverdue, rowsOf, SORTS, sorted } from "./rows";

const DAY = 86_400_000;
const NOW = Date.parse("2026-11-26T02:00:00Z");

function summary(name: string, owner = "", rtoMinutes: number | null = null): Schemas["PlanSummary"] {
  const plan = { planId: `plan-${name}`, name, owner, rtoMinutes, waves: [], nextDrillAt: null };
  return { plan, lastExecution: null } as unknown as Schemas["PlanSummary"];
}

function drills(name: string, lastDrillAt: string | null, overdueFrom: number): Schemas["PlanDrills"] {
  return {
    planId: `plan-${name}`,
    name,
    lastDrillAt,
    nextDrillAt: null,
    overdueFrom: new Date(overdueFrom).toISOString(),
  };
}

const ROWS = rowsOf(
  [
    summary("hr", "People", 240),
    summary("Storefront", "", 60),
    summary("archive", "People"),
    summary("Bank", "", 60),
  ],
  [drills("hr", "2026-11-01T00:00:00Z", NOW - DAY), drills("Storefront", null, NOW + DAY)],
);

const namesOf = (rows: typeof ROWS) => rows.map(({ summary: { plan } }) => plan.name);

describe("the order of plans", () => {
  it("is by name without regard to case", () => {
    expect(namesOf(sorted(ROWS, "name", false))).toEqual(["archive", "Bank", "hr", "Storefront"]);
  });

  it("has what is not known at the end, whichever way", () => {
    expect(namesOf(sorted(ROWS, "rto", false))).toEqual(["Bank", "Storefront", "hr", "archive"]);
    expect(namesOf(sorted(ROWS, "rto", true))).toEqual(["hr", "Bank", "Storefront", "archive"]);
    expect(namesOf(sorted(ROWS, "lastDrill", true))).toEqual(["hr", "archive", "Bank", "Storefront"]);
  });

  it.each(SORTS)("by %s loses no plan and does not depend on the order before", (sort) => {
    const there = namesOf(sorted(ROWS, sort, false));
    expect(namesOf(sorted([...ROWS].reverse(), sort, false))).toEqual(there);
    expect([...there].sort()).toEqual(namesOf(ROWS).sort());
  });
});

it("calls a drill overdue only when the figures say so", () => {
  expect(ROWS.map((row) => isOverdue(row, NOW))).toEqual([true, false, false, false]);
});
