import { expect, it } from "vitest";
import { EXECUTION } from "../states/marks";
import { DAYS, filtersOf, isDefault, queryOf, withFilter } from "./filters";

const STATUSES = Object.keys(EXECUTION);
const of = (text: string) => filtersOf(new URLSearchParams(text), STATUSES);

it("shows the last 30 days unless the URL says otherwise", () => {
  expect(isDefault(of(""))).toBe(true);
  expect(isDefault(of("days=31&mode=WALTZ&status=GONE"))).toBe(true);
  const now = Date.parse("2026-11-26T12:00:00Z");
  expect(queryOf(of(""), now).startedAfter).toBe("2026-10-27T00:00:00.000Z");
  expect(queryOf(of("days=0"), now).startedAfter).toBeUndefined();
});

it("comes out of the URL as it went in", () => {
  for (const days of DAYS) {
    for (const status of STATUSES as (keyof typeof EXECUTION)[]) {
      const search = withFilter(new URLSearchParams(), {
        status,
        days,
        mode: "DRILL",
        by: "a@b.c",
        q: "shop",
        size: 50,
      });
      const found = { plan: "", q: "shop", status, days, mode: "DRILL", by: "a@b.c", size: 50 };
      expect(filtersOf(search, STATUSES)).toEqual(found);
    }
  }
});

it("begins with the first page of what is filtered anew, and takes no page size that is not offered", () => {
  const search = withFilter(new URLSearchParams("cursor=b&page=2&mode=DRILL"), { size: 25 });
  expect(search.toString()).toBe("mode=DRILL");
  expect(of("size=7").size).toBe(25);
});

it("asks the same question for a whole day", () => {
  const at = (text: string) => queryOf(of(""), Date.parse(text));
  expect(at("2026-11-26T00:00:01Z")).toEqual(at("2026-11-26T23:59:59Z"));
});
