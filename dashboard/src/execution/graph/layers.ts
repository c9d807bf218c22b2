// The waves in layers, left to right, each layer ordered so that few edges cross. Depends on numbers alone.
export interface GraphWave {
  waveNumber: number;
  dependsOn: readonly number[];
}

/** A wave, or a place through which a long edge passes a layer. */
export interface Vertex {
  /** The wave's number; null for a passage. */
  wave: number | null;
  layer: number;
  before: Vertex[];
  after: Vertex[];
}

export interface Layered {
  layers: Vertex[][];
  /** Each edge as the vertices that it passes, from the wave that comes first. */
  paths: { from: number; to: number; vertices: Vertex[] }[];
}

const SWEEPS = 24;

export function layered(waves: readonly GraphWave[]): Layered {
  const layerOf = layersOf(waves);
  const vertices = new Map<number, Vertex>();
  const layers: Vertex[][] = [];
  const place = (wave: number | null, layer: number): Vertex => {
    const vertex: Vertex = { wave, layer, before: [], after: [] };
    while (layers.length <= layer) layers.push([]);
    layers[layer]?.push(vertex);
    return vertex;
  };
  for (const { waveNumber } of waves)
    vertices.set(waveNumber, place(waveNumber, layerOf.get(waveNumber) ?? 0));
  const edges = waves.flatMap(({ waveNumber: to, dependsOn }) =>
    [...new Set(dependsOn)].map((from) => ({ from, to })),
  );
  const paths = edges.flatMap(({ from, to }) => {
    const [first, last] = [vertices.get(from), vertices.get(to)];
    if (first === undefined || last === undefined || first.layer >= last.layer) return [];
    const passages: Vertex[] = [];
    for (let layer = first.layer + 1; layer < last.layer; layer++) passages.push(place(null, layer));
    const passed = [first, ...passages, last];
    join(passed);
    return [{ from, to, vertices: passed }];
  });
  return { layers: untangled(layers), paths };
}

function join(passed: readonly Vertex[]): void {
  passed.slice(1).forEach((vertex, index) => {
    const before = passed[index] as Vertex;
    before.after.push(vertex);
    vertex.before.push(before);
  });
}

/** The longest path to each wave; a first wave stands just before the wave that needs it first. */
function layersOf(waves: readonly GraphWave[]): Map<number, number> {
  const known = new Map(waves.map((wave) => [wave.waveNumber, wave]));
  const layers = new Map<number, number>();
  const layerOf = (number: number, seen: ReadonlySet<number>): number => {
    const before = layers.get(number);
    if (before !== undefined) return before;
    const needed = (known.get(number)?.dependsOn ?? []).filter((each) => known.has(each) && !seen.has(each));
    const deeper = new Set(seen).add(number);
    const layer = Math.max(-1, ...needed.map((each) => layerOf(each, deeper))) + 1;
    layers.set(number, layer);
    return layer;
  };
  for (const { waveNumber } of waves) layerOf(waveNumber, new Set());
  for (const { waveNumber, dependsOn } of waves) {
    if (dependsOn.length > 0) continue;
    const dependents = waves.filter((wave) => wave.dependsOn.includes(waveNumber));
    const nearest = Math.min(...dependents.map((wave) => layers.get(wave.waveNumber) ?? 0));
    if (Number.isFinite(nearest)) layers.set(waveNumber, Math.max(0, nearest - 1));
  }
  return layers;
}

/** Sweeps both ways, with swaps of neighbours, and keeps the order with the fewest crossings. */
function untangled(layers: Vertex[][]): Vertex[][] {
  let best = layers.map((layer) => [...layer]);
  let fewest = crossings(best);
  const current = best.map((layer) => [...layer]);
  for (let sweep = 0; sweep < SWEEPS && fewest > 0; sweep++) {
    const forwards = sweep % 2 === 0;
    const order = current.map((_, index) => (forwards ? index : current.length - 1 - index)).slice(1);
    for (const index of order) sortByMiddle(current, index, forwards);
    swapNeighbours(current);
    const count = crossings(current);
    if (count < fewest) {
      fewest = count;
      best = current.map((layer) => [...layer]);
    }
  }
  return best;
}

function sortByMiddle(layers: Vertex[][], index: number, forwards: boolean): void {
  const layer = layers[index] ?? [];
  const fixed = places(layers[index + (forwards ? -1 : 1)] ?? []);
  const own = places(layer);
  const middle = new Map(
    layer.map((vertex) => {
      const neighbours = forwards ? vertex.before : vertex.after;
      const sum = neighbours.reduce((total, each) => total + (fixed.get(each) ?? 0), 0);
      return [vertex, neighbours.length > 0 ? sum / neighbours.length : (own.get(vertex) ?? 0)];
    }),
  );
  layer.sort((a, b) => (middle.get(a) ?? 0) - (middle.get(b) ?? 0) || (own.get(a) ?? 0) - (own.get(b) ?? 0));
}

function swapNeighbours(layers: Vertex[][]): void {
  for (const [index, layer] of layers.entries()) {
    const before = places(layers[index - 1] ?? []);
    const after = places(layers[index + 1] ?? []);
    for (let place = 0; place + 1 < layer.length; place++) {
      const [upper, lower] = [layer[place], layer[place + 1]] as [Vertex, Vertex];
      const now = crossed(upper.before, lower.before, before) + crossed(upper.after, lower.after, after);
      const swapped = crossed(lower.before, upper.before, before) + crossed(lower.after, upper.after, after);
      if (swapped < now) [layer[place], layer[place + 1]] = [lower, upper];
    }
  }
}

export function crossings(layers: readonly Vertex[][]): number {
  let count = 0;
  for (const [index, layer] of layers.entries()) {
    const following = places(layers[index + 1] ?? []);
    layer.forEach((upper, place) => {
      for (const lower of layer.slice(place + 1)) count += crossed(upper.after, lower.after, following);
    });
  }
  return count;
}

function crossed(
  upper: readonly Vertex[],
  lower: readonly Vertex[],
  at: ReadonlyMap<Vertex, number>,
): number {
  let count = 0;
  for (const a of upper) for (const b of lower) if ((at.get(a) ?? 0) > (at.get(b) ?? 0)) count++;
  return count;
}

function places(layer: readonly Vertex[]): Map<Vertex, number> {
  return new Map(layer.map((vertex, place) => [vertex, place]));
}
