import { describe, expect, it } from "vitest";
import { checkedMoment, fieldsOf, momentOf, NEWEST, problemOf, serversFound } from "./data";

const NOW = Date.parse("2026-11-26T02:00:00Z");
const moment = (date: string, time: string) => ({ ...NEWEST, kind: "moment" as const, date, time });

describe("a moment", () => {
  it("is sent with its zone", () => {
    expect(momentOf({ date: "2026-11-26", time: "01:30" }, "utc")).toBe("2026-11-26T01:30:00Z");
    const local = momentOf({ date: "2026-11-26", time: "01:30" }, "local") ?? "";
    expect(Date.parse(local)).toBe(new Date(2026, 10, 26, 1, 30).getTime());
  });

  it.each([
    ["", "01:30"],
    ["2026-11-26", ""],
    ["2026-13-26", "01:30"],
    ["2026-11-26", "24:30"],
  ])("that is not complete is none: %s %s", (date, time) => {
    expect(momentOf({ date, time }, "utc")).toBeUndefined();
    expect(problemOf(moment(date, time), "utc", NOW)).toContain("Choose");
    expect(checkedMoment(moment(date, time), "utc")).toBe("LATEST");
  });

  it("cannot be in the future", () => {
    expect(problemOf(moment("2026-11-26", "02:01"), "utc", NOW)).toContain("future");
    expect(problemOf(moment("2026-11-26", "02:00"), "utc", NOW)).toBe("");
  });
});

it("sends points only when they are the choice", () => {
  const chosen = { ...NEWEST, points: { "s-1": "pit-1" } };
  expect(fieldsOf(chosen, "utc")).toEqual({ pointInTime: "LATEST", recoveryPoints: {} });
  expect(fieldsOf({ ...chosen, kind: "points" }, "utc").recoveryPoints).toEqual({ "s-1": "pit-1" });
  expect(problemOf({ ...NEWEST, kind: "points" }, "utc", NOW)).toContain("at least one");
});

it("finds servers by a part of their name or id", () => {
  const servers = [
    { hostname: "web-1", sourceServerId: "s-1a" },
    { hostname: "DB-1", sourceServerId: "s-2b" },
  ];
  const names = (text: string) => serversFound(servers, text).map(({ hostname }) => hostname);
  expect(names(" db ")).toEqual(["DB-1"]);
  expect(names("S-1A")).toEqual(["web-1"]);
  expect(names("")).toEqual(["web-1", "DB-1"]);
  expect(names("nothing")).toEqual([]);
});
