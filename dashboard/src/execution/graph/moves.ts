import type { Box } from "./layout";

export type Direction = "ArrowLeft" | "ArrowRight" | "ArrowUp" | "ArrowDown";

/** The wave that an arrow leads to: the nearest in that direction, or null. */
export function nearest(nodes: ReadonlyMap<number, Box>, from: number, direction: Direction): number | null {
  const start = nodes.get(from);
  if (start === undefined) return null;
  let best: number | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (const [wave, box] of nodes) {
    const cost = wave === from ? null : costOf(start, box, direction);
    if (cost !== null && cost < least) [best, least] = [wave, cost];
  }
  return best;
}

/** How far a box is in a direction, sideways counting twice; null if it is not there at all. */
function costOf(from: Box, to: Box, direction: Direction): number | null {
  const dx = to.x + to.width / 2 - (from.x + from.width / 2);
  const dy = to.y + to.height / 2 - (from.y + from.height / 2);
  const [ahead, aside] = {
    ArrowLeft: [-dx, dy],
    ArrowRight: [dx, dy],
    ArrowUp: [-dy, dx],
    ArrowDown: [dy, dx],
  }[direction] as [number, number];
  return ahead <= 1 ? null : ahead + 2 * Math.abs(aside);
}
