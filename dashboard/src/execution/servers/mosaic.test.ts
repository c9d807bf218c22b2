import { expect, it } from "vitest";
import type { Row } from "./gathered";
import { cellAt, cellBeside, mosaicOf, SIDE, STEP } from "./mosaic";

const rows = (count: number, waves: number): Row[] =>
  Array.from({ length: count }, (_, index) => ({
    sourceServerId: `s-${index}`,
    hostname: `web-${index}`,
    waveNumber: 1 + (index % waves),
    status: index % 7 === 0 ? "FAILED" : "LAUNCHED",
    details: null,
  }));

it.each([
  [0, 1, 900],
  [25, 7, 900],
  [1_000, 4, 900],
  [1_000, 1, 320],
  [1_999, 60, 700],
])("shows %d servers of %d waves once each, within a width of %d", (count, waves, width) => {
  const { cells, height, blocks } = mosaicOf(rows(count, waves), width);
  expect(new Set(cells.map(({ row }) => row.sourceServerId)).size).toBe(count);
  expect(new Set(cells.map(({ x, y }) => `${x} ${y}`)).size).toBe(count);
  expect(blocks.length).toBe(Math.min(count, waves));
  expect(cells.filter(({ x, y }) => x + SIDE > width || y + SIDE > height)).toEqual([]);
});

it("draws one path for each state, however many servers", () => {
  expect(mosaicOf(rows(1_000, 3), 900).paths.map(({ status }) => status)).toEqual(["FAILED", "LAUNCHED"]);
});

it("puts failed servers first in each block", () => {
  const { cells } = mosaicOf(rows(21, 1), 900);
  expect(cells.slice(0, 3).every(({ row }) => row.status === "FAILED")).toBe(true);
});

it("finds the server under the pointer, and by arrows", () => {
  const mosaic = mosaicOf(rows(100, 2), 400);
  mosaic.cells.forEach((cell) => {
    expect(cellAt(mosaic, cell.x + 5, cell.y + 5)).toBe(cell);
  });
  expect(cellBeside(mosaic, 0, "ArrowRight")).toBe(1);
  expect(cellBeside(mosaic, 0, "ArrowLeft")).toBe(0);
  expect(mosaic.cells[cellBeside(mosaic, 0, "ArrowDown")]?.y).toBe((mosaic.cells[0]?.y ?? 0) + STEP);
});
