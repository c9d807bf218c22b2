import { describe, expect, it } from "vitest";
import { duration, roughDuration, secondsBetween } from "./durations";

describe("duration", () => {
  it.each([
    [0, "0 s"],
    [59.9, "59 s"],
    [60, "1 min"],
    [751, "12 min 31 s"],
    [3_600, "1 h"],
    [11_100, "3 h 5 min"],
    [86_399, "23 h 59 min"],
    [187_200, "2 d 4 h"],
    [-5, "0 s"],
  ])("of %d seconds is %s", (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });

  it("never shows more than two units, nor a unit that is full", () => {
    for (let seconds = 0; seconds < 200_000; seconds += 37) {
      const [, , rest, unit] = duration(seconds).split(" ");
      expect(duration(seconds).split(" ").length).toBeLessThanOrEqual(4);
      expect(Number(rest ?? 0)).toBeLessThan(unit === "h" ? 24 : 60);
    }
  });
});

it("leaves seconds out where they would pretend", () => {
  expect(roughDuration(42)).toBe("under a minute");
  expect(roughDuration(751)).toBe("12 min");
  expect(roughDuration(11_100)).toBe("3 h 5 min");
});

it("measures between moments of the API, and to a clock", () => {
  expect(secondsBetween("2026-11-26T02:14:07Z", "2026-11-26T02:45:31Z")).toBe(1_884);
  expect(secondsBetween("2026-11-26T02:14:07Z", Date.parse("2026-11-26T02:14:08.5Z"))).toBe(1.5);
});
