import { describe, expect, it } from "vitest";
import { crossings, type GraphWave, layered } from "./layers";
import { type Box, type Edge, LARGE, type Layout, layoutOf, pathOf, SMALL, sizeFor } from "./layout";

const PLANS = [0, 1, 2, 3, 5, 8, 13, 20, 30, 60].flatMap((count) =>
  [1, 2, 3].map((seed) => ({ count, seed, waves: randomPlan(count, seed) })),
);

describe.each(PLANS)("the layout of $count waves (plan $seed)", ({ waves }) => {
  const layout = layoutOf(waves);

  it("shows every wave and every edge once", () => {
    expect([...layout.nodes.keys()].sort((a, b) => a - b)).toEqual(waves.map(({ waveNumber }) => waveNumber));
    const edges = waves.flatMap(({ waveNumber, dependsOn }) =>
      dependsOn.map((from) => `${from}-${waveNumber}`),
    );
    expect(layout.edges.map(({ from, to }) => `${from}-${to}`).sort()).toEqual(edges.sort());
  });

  it("has no overlap, and everything within the picture", () => {
    const boxes = [...layout.nodes.values()];
    expect(boxes.filter((box) => !inside(box, layout))).toEqual([]);
    const overlaps = boxes.filter((box, index) =>
      boxes.slice(index + 1).some((other) => overlap(box, other)),
    );
    expect(overlaps).toEqual([]);
  });

  it("leads no edge through a foreign node", () => {
    const hits = layout.edges.flatMap((edge) => {
      const foreign = [...layout.nodes].filter(([wave]) => wave !== edge.from && wave !== edge.to);
      return foreign
        .filter(([, box]) => along(edge).some((point) => isWithin(point, box)))
        .map(([wave]) => `${edge.from}-${edge.to} through ${wave}`);
    });
    expect(hits).toEqual([]);
  });

  it("goes from left to right only", () => {
    for (const { from, to } of layout.edges) {
      expect(end(layout.nodes.get(from))).toBeLessThan(layout.nodes.get(to)?.x ?? 0);
    }
  });

  it("is the same for the same plan, and whatever else is known of its waves", () => {
    const again = waves.map((wave) => ({ ...wave, status: "FAILED", dependsOn: [...wave.dependsOn] }));
    expect(layoutOf(again)).toEqual(layout);
  });
});

it("does not let edges cross that need not", () => {
  const tiers = [1, 2, 3, 4].map((n) => ({ waveNumber: n, dependsOn: [] as number[] }));
  const crossed = [5, 6, 7, 8].map((n) => ({ waveNumber: n, dependsOn: [9 - n] }));
  expect(crossings(layered([...tiers, ...crossed]).layers)).toBe(0);
});

it("has no more crossings in sample plans than when this was written", () => {
  const counts = [10, 20, 30].map((count) => crossings(layered(randomPlan(count, 7)).layers));
  expect(counts[0]).toBeLessThanOrEqual(4);
  expect(counts[1]).toBeLessThanOrEqual(30);
  expect(counts[2]).toBeLessThanOrEqual(80);
});

it("puts a first wave next to the wave that needs it", () => {
  const plan = [
    { waveNumber: 1, dependsOn: [] },
    { waveNumber: 2, dependsOn: [1] },
    { waveNumber: 3, dependsOn: [] },
    { waveNumber: 4, dependsOn: [2, 3] },
  ];
  const { nodes } = layoutOf(plan);
  expect(nodes.get(3)?.x).toBe(nodes.get(2)?.x);
});

it("survives what is no plan: cycles, and waves that are not there", () => {
  const odd = [
    { waveNumber: 1, dependsOn: [2, 99] },
    { waveNumber: 2, dependsOn: [1] },
    { waveNumber: 3, dependsOn: [3] },
  ];
  expect(layoutOf(odd).nodes.size).toBe(3);
});

it("shrinks above 30 waves", () => {
  expect(sizeFor(30)).toBe(LARGE);
  expect(sizeFor(31)).toBe(SMALL);
});

it("begins and ends where the edge does", () => {
  const [edge] = layoutOf([
    { waveNumber: 1, dependsOn: [] },
    { waveNumber: 2, dependsOn: [1] },
  ]).edges;
  expect(pathOf(edge as Edge)).toMatch(/^M200 \d+C\d+ \d+ \d+ \d+ 276 \d+$/);
});

function randomPlan(count: number, seed: number): GraphWave[] {
  let state = seed * 2_654_435_761 + count;
  const random = () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
  return Array.from({ length: count }, (_, index) => {
    const wanted = Math.floor(random() * 4);
    const needed = Array.from({ length: index === 0 ? 0 : wanted }, () => 1 + Math.floor(random() * index));
    return { waveNumber: index + 1, dependsOn: [...new Set(needed)] };
  });
}

function overlap(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

function inside({ x, y, width, height }: Box, layout: Layout): boolean {
  return x >= 0 && y >= 0 && x + width <= layout.width && y + height <= layout.height;
}

function isWithin({ x, y }: { x: number; y: number }, box: Box): boolean {
  return x >= box.x && x <= box.x + box.width && y >= box.y && y <= box.y + box.height;
}

function end(box: Box | undefined): number {
  return (box?.x ?? 0) + (box?.width ?? 0);
}

/** Points along the curves that `pathOf` draws. */
function along({ points }: Edge): { x: number; y: number }[] {
  return points.slice(1).flatMap((to, index) => {
    const from = points[index] as { x: number; y: number };
    return Array.from({ length: 21 }, (_, step) => {
      const t = step / 20;
      if (index % 2 === 1) return { x: from.x + (to.x - from.x) * t, y: from.y };
      const middle = (from.x + to.x) / 2;
      const [a, b, c, d] = [(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t ** 3] as const;
      return {
        x: a * from.x + (b + c) * middle + d * to.x,
        y: (a + b) * from.y + (c + d) * to.y,
      };
    });
  });
}
