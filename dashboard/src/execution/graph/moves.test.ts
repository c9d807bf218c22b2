import { expect, it } from "vitest";
import { layoutOf } from "./layout";
import { type Direction, nearest } from "./moves";

const DIAMOND = layoutOf([
  { waveNumber: 1, dependsOn: [] },
  { waveNumber: 2, dependsOn: [1] },
  { waveNumber: 3, dependsOn: [1] },
  { waveNumber: 4, dependsOn: [2, 3] },
]).nodes;

it("goes to the nearest wave in the direction of the arrow, and nowhere beyond the edge", () => {
  expect(nearest(DIAMOND, 1, "ArrowLeft")).toBeNull();
  expect([2, 3]).toContain(nearest(DIAMOND, 1, "ArrowRight"));
  expect(nearest(DIAMOND, 2, "ArrowDown")).toBe(3);
  expect(nearest(DIAMOND, 3, "ArrowUp")).toBe(2);
  expect(nearest(DIAMOND, 4, "ArrowRight")).toBeNull();
});

it("reaches every wave from every other by arrows", () => {
  for (const start of DIAMOND.keys()) expect(reachable(start).size).toBe(4);
});

function reachable(start: number): Set<number> {
  const arrows: Direction[] = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"];
  const reached = new Set([start]);
  // A set that grows while it is gone through is gone through to its end.
  for (const wave of reached) {
    const next = arrows.map((arrow) => nearest(DIAMOND, wave, arrow)).filter((each) => each !== null);
    for (const each of next) reached.add(each);
  }
  return reached;
}
