import { describe, expect, it } from "vitest";
import { bothZones, dateTime, timeNear, timeOfDay, zoneName } from "./times";

const MOMENT = "2026-11-26T02:14:07Z";
const NOW = Date.parse("2026-11-26T12:00:00Z");

describe("a moment", () => {
  it("is shown in UTC or in another zone, never with 24 o'clock", () => {
    expect(dateTime(MOMENT, "utc")).toBe("2026-11-26 02:14:07");
    expect(dateTime(MOMENT, "local", "America/New_York")).toBe("2026-11-25 21:14:07");
    expect(dateTime("2026-11-26T00:00:00Z", "utc")).toBe("2026-11-26 00:00:00");
    expect(timeOfDay(MOMENT, "utc")).toBe("02:14:07");
  });

  it("names its day only when it is not today", () => {
    expect(timeNear(MOMENT, NOW, "utc")).toBe("02:14");
    expect(timeNear("2026-11-27T02:31:00Z", NOW, "utc")).toBe("tomorrow 02:31");
    expect(timeNear("2026-11-25T23:59:00Z", NOW, "utc")).toBe("yesterday 23:59");
    expect(timeNear("2026-11-20T08:00:00Z", NOW, "utc")).toBe("2026-11-20 08:00");
  });

  it("is on another day in another zone", () => {
    expect(timeNear(MOMENT, NOW, "local", "America/New_York")).toBe("yesterday 21:14");
  });

  it("has both zones in its tooltip", () => {
    expect(bothZones(MOMENT)).toContain("2026-11-26 02:14:07 UTC · ");
    expect(zoneName(MOMENT, "utc")).toBe("UTC");
    expect(zoneName(MOMENT, "local")).toMatch(/^UTC([+−]\d\d:\d\d)?$/);
  });
});
