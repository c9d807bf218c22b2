import { expect, it } from "vitest";
import { placesOfPoints } from "./point_strip";

const NOW = Date.parse("2026-11-26T12:00:00Z");

it("puts points between the oldest and now, in their order, and never outside", () => {
  const times = ["2026-11-26T11:00:00Z", "2026-11-26T10:00:00Z", "2026-11-26T08:00:00Z"];
  expect(placesOfPoints(times, NOW)).toEqual([0.75, 0.5, 0]);
  expect(placesOfPoints([], NOW)).toEqual([]);
  expect(placesOfPoints(["2026-11-26T12:00:00Z", "2026-11-26T12:00:30Z"], NOW)).toEqual([1, 1]);
  expect(placesOfPoints(["nonsense"], NOW)).toEqual([]);
});
