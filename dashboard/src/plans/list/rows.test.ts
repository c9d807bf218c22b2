import { describe, expect, it } from "vitest";
import { type Row, rtoMet, SORTS, sorted } from "./rows";

function row(name: string, owner: string, rtoMinutes: number | null, lastDrillAt: string | null): Row {
  const plan = { planId: `plan-${name}`, name, owner, rtoMinutes, nextDrillAt: null };
  return { plan, lastExecution: null, lastDrillAt, places: null, servers: null } as unknown as Row;
}

const ROWS = [
  row("hr", "People", 240, "2026-11-01T00:00:00Z"),
  row("Storefront", "", 60, null),
  row("archive", "People", null, null),
  row("Bank", "", 60, "2026-10-01T00:00:00Z"),
];

const namesOf = (rows: readonly Row[]) => rows.map(({ plan }) => plan.name);

describe("the order of plans", () => {
  it("is by name without regard to case", () => {
    expect(namesOf(sorted(ROWS, "name", false))).toEqual(["archive", "Bank", "hr", "Storefront"]);
  });

  it("has what is not known at the end, whichever way", () => {
    expect(namesOf(sorted(ROWS, "rto", false))).toEqual(["Bank", "Storefront", "hr", "archive"]);
    expect(namesOf(sorted(ROWS, "rto", true))).toEqual(["hr", "Bank", "Storefront", "archive"]);
    expect(namesOf(sorted(ROWS, "lastDrill", true))).toEqual(["hr", "Bank", "archive", "Storefront"]);
  });

  it.each(SORTS)("by %s loses no plan and does not depend on the order before", (sort) => {
    const there = namesOf(sorted(ROWS, sort, false));
    expect(namesOf(sorted([...ROWS].reverse(), sort, false))).toEqual(there);
    expect([...there].sort()).toEqual(namesOf(ROWS).sort());
  });
});

it("knows whether the last good run was within the target", () => {
  expect(rtoMet(60, 3_600)).toBe(true);
  expect(rtoMet(60, 3_601)).toBe(false);
  expect(rtoMet(null, 3_600)).toBeNull();
  expect(rtoMet(60, null)).toBeNull();
});
