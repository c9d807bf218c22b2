// A square for each server, in a block for each wave, worst first: one path for each state, however many servers.
import { STATES } from "../selection";
import type { Row } from "./gathered";
import { byUrgency } from "./rows";

export const SIDE = 13;
export const STEP = 16;
const LABEL = 20;
const GAP = 24;
const LEAST_COLUMNS = 9;

export interface Cell {
  row: Row;
  x: number;
  y: number;
}

export interface Block {
  wave: number;
  count: number;
  x: number;
  y: number;
}

export interface Mosaic {
  cells: Cell[];
  blocks: Block[];
  /** The squares of each state. */
  paths: { status: Row["status"]; squares: string; signs: string }[];
  height: number;
}

/** Blocks flow from left to right within the width. */
export function mosaicOf(rows: Iterable<Row>, width: number): Mosaic {
  const most = Math.max(LEAST_COLUMNS, Math.floor(width / STEP));
  const cells: Cell[] = [];
  const blocks: Block[] = [];
  let [x, y, lowest] = [0, 0, 0];
  for (const [wave, members] of byWave(rows)) {
    const columns = Math.min(most, Math.max(LEAST_COLUMNS, Math.ceil(Math.sqrt(members.length * 3))));
    if (x > 0 && x + columns * STEP > width) [x, y] = [0, lowest + GAP / 2];
    blocks.push({ wave, count: members.length, x, y });
    members.forEach((row, index) => {
      const column = index % columns;
      cells.push({ row, x: x + column * STEP, y: y + LABEL + Math.floor(index / columns) * STEP });
    });
    lowest = Math.max(lowest, y + LABEL + Math.ceil(members.length / columns) * STEP);
    x += columns * STEP + GAP;
  }
  const paths = STATES.map((status) => {
    const own = cells.filter(({ row }) => row.status === status);
    return { status, squares: own.map(square).join(""), signs: own.map(sign).join("") };
  }).filter(({ squares }) => squares !== "");
  return { cells, blocks, paths, height: lowest + 4 };
}

/** The cell at a place of the picture. */
export function cellAt({ cells }: Mosaic, x: number, y: number): Cell | undefined {
  return cells.find((cell) => x >= cell.x && x < cell.x + STEP && y >= cell.y && y < cell.y + STEP);
}

/** The cell that an arrow leads to from one that is given by its index. */
export function cellBeside({ cells }: Mosaic, index: number, key: string): number {
  const from = cells[index];
  if (from === undefined) return 0;
  if (key === "ArrowRight") return Math.min(cells.length - 1, index + 1);
  if (key === "ArrowLeft") return Math.max(0, index - 1);
  const isBeyond = (y: number) => (key === "ArrowDown" ? y > from.y : y < from.y);
  const distance = ({ x, y }: Cell) => Math.abs(y - from.y) * 4 + Math.abs(x - from.x);
  const candidates = cells.map((cell, at) => ({ cell, at })).filter(({ cell }) => isBeyond(cell.y));
  candidates.sort((a, b) => distance(a.cell) - distance(b.cell));
  return candidates[0]?.at ?? index;
}

function byWave(rows: Iterable<Row>): [number, Row[]][] {
  const waves = new Map<number, Row[]>();
  for (const row of rows) {
    const members = waves.get(row.waveNumber);
    if (members === undefined) waves.set(row.waveNumber, [row]);
    else members.push(row);
  }
  return [...waves].sort(([a], [b]) => a - b).map(([wave, members]) => [wave, byUrgency(members)]);
}

function square({ x, y }: Cell): string {
  return `M${x} ${y}h${SIDE}v${SIDE}h-${SIDE}z`;
}

/** A sign within the square, so that shape tells what colour tells. */
function sign({ row, x, y }: Cell): string {
  switch (row.status) {
    case "FAILED":
      return `M${x + 3} ${y + 3}l7 7m0 -7l-7 7`;
    case "EXCLUDED":
    case "SKIPPED":
      return `M${x + 3} ${y + 6.5}h7`;
    case "TERMINATED":
      return `M${x + 2} ${y + 11}l9 -9`;
    case "LAUNCHING":
      return `M${x + 1} ${y + 12}l11 -11v11z`;
    case "VALIDATED":
      return `M${x + 3} ${y + 7}l2.5 2.5l5 -5.5`;
    default:
      return "";
  }
}
