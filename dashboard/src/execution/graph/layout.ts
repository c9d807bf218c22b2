// Where the waves and edges of a plan are drawn. Depends on numbers and dependencies alone, so that a change of a
// state never moves anything, and the same plan always gives the same picture.
import { type GraphWave, layered, type Vertex } from "./layers";

export interface Size {
  width: number;
  height: number;
  gapX: number;
  gapY: number;
}

export const LARGE: Size = { width: 188, height: 84, gapX: 76, gapY: 26 };
export const SMALL: Size = { width: 104, height: 40, gapX: 44, gapY: 14 };
/** Above this many waves the nodes shrink. */
export const MOST_LARGE = 30;

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Edge {
  from: number;
  to: number;
  /** Straight across the layers, curved between them. */
  points: { x: number; y: number }[];
}

export interface Layout {
  nodes: Map<number, Box>;
  edges: Edge[];
  width: number;
  height: number;
}

const MARGIN = 12;
/** The height of a passage of a long edge through a layer. */
const PASSAGE = 14;
const ROUNDS = 12;

export function sizeFor(count: number): Size {
  return count > MOST_LARGE ? SMALL : LARGE;
}

export function layoutOf(waves: readonly GraphWave[], size: Size = sizeFor(waves.length)): Layout {
  const { layers, paths } = layered(waves);
  const middles = middlesOf(layers, size);
  const left = (layer: number) => MARGIN + layer * (size.width + size.gapX);
  const nodes = new Map<number, Box>();
  for (const vertex of layers.flat()) {
    if (vertex.wave === null) continue;
    const y = (middles.get(vertex) ?? 0) - size.height / 2;
    nodes.set(vertex.wave, { x: left(vertex.layer), y, width: size.width, height: size.height });
  }
  const edges = paths.map(({ from, to, vertices }) => ({
    from,
    to,
    points: vertices.flatMap((vertex, index) => {
      const y = middles.get(vertex) ?? 0;
      const [start, end] = [
        { x: left(vertex.layer), y },
        { x: left(vertex.layer) + size.width, y },
      ];
      if (index === 0) return [end];
      return index === vertices.length - 1 ? [start] : [start, end];
    }),
  }));
  const lowest = Math.max(0, ...layers.flat().map((v) => (middles.get(v) ?? 0) + heightOf(v, size) / 2));
  const width = layers.length === 0 ? 0 : left(layers.length - 1) + size.width + MARGIN;
  return { nodes, edges, width, height: lowest + MARGIN };
}

/** The curve of an edge as an SVG path: level where it leaves and arrives, so that it stays between the layers. */
export function pathOf({ points }: Edge): string {
  return points
    .map(({ x, y }, index) => {
      const before = points[index - 1];
      if (before === undefined) return `M${x} ${y}`;
      // Odd points are reached through a gap, even ones across a layer.
      if (index % 2 === 0) return `L${x} ${y}`;
      const middle = (before.x + x) / 2;
      return `C${middle} ${before.y} ${middle} ${y} ${x} ${y}`;
    })
    .join("");
}

/** Each vertex near the middle of its neighbours, at the distance from those above and below that both need. */
function middlesOf(layers: readonly Vertex[][], size: Size): Map<Vertex, number> {
  const middles = new Map<Vertex, number>();
  for (const layer of layers) {
    let y = 0;
    layer.forEach((vertex, index) => {
      const above = layer[index - 1];
      if (above !== undefined) y += distance(above, vertex, size);
      middles.set(vertex, y);
    });
  }
  for (let round = 0; round < ROUNDS; round++) {
    const order = round % 2 === 0 ? layers : [...layers].reverse();
    for (const layer of order) {
      const wanted = layer.map((vertex) => wantedOf(vertex, middles, round % 2 === 0));
      for (const [index, y] of settle(layer, wanted, size).entries()) middles.set(layer[index] as Vertex, y);
    }
  }
  const shift = MARGIN - Math.min(...[...middles].map(([vertex, y]) => y - heightOf(vertex, size) / 2));
  for (const [vertex, y] of middles) middles.set(vertex, Math.round(y + shift));
  return middles;
}

function wantedOf(vertex: Vertex, middles: ReadonlyMap<Vertex, number>, forwards: boolean): number {
  const own = middles.get(vertex) ?? 0;
  const near = forwards ? vertex.before : vertex.after;
  const neighbours = near.length > 0 ? near : forwards ? vertex.after : vertex.before;
  if (neighbours.length === 0) return own;
  const sorted = neighbours.map((each) => middles.get(each) ?? 0).sort((a, b) => a - b);
  const half = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(half)] ?? 0) + (sorted[Math.ceil(half)] ?? 0)) / 2;
}

/** The places nearest to the wanted ones in which neighbours keep their distance (pool adjacent violators). */
function settle(layer: readonly Vertex[], wanted: readonly number[], size: Size): number[] {
  const offsets: number[] = [];
  layer.forEach((vertex, index) => {
    const above = layer[index - 1];
    offsets.push(above === undefined ? 0 : (offsets[index - 1] ?? 0) + distance(above, vertex, size));
  });
  const blocks: { sum: number; count: number }[] = [];
  wanted.forEach((y, index) => {
    let block = { sum: y - (offsets[index] ?? 0), count: 1 };
    for (let last = blocks.at(-1); last !== undefined && last.sum / last.count > block.sum / block.count; ) {
      block = { sum: block.sum + last.sum, count: block.count + last.count };
      blocks.pop();
      last = blocks.at(-1);
    }
    blocks.push(block);
  });
  const starts = blocks.flatMap(({ sum, count }) => Array<number>(count).fill(sum / count));
  return starts.map((start, index) => start + (offsets[index] ?? 0));
}

function distance(upper: Vertex, lower: Vertex, size: Size): number {
  // A pixel more than needed, because places are rounded at the end.
  return (heightOf(upper, size) + heightOf(lower, size)) / 2 + size.gapY + 1;
}

function heightOf(vertex: Vertex, size: Size): number {
  return vertex.wave === null ? PASSAGE : size.height;
}
