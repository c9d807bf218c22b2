import { expect, it } from "vitest";
import { cardColumns, keyOfRow, MOST_FACTS } from "./facts";

const columns = (count: number, header = 0) =>
  Array.from({ length: count }, (_, index) => ({
    id: `c${index}`,
    header: `C${index}`,
    cell: () => index,
    isRowHeader: index === header,
  }));

it("shows each column once: a title, four facts, the rest behind More", () => {
  for (let count = 1; count <= 12; count += 1) {
    for (let header = 0; header < count; header += 1) {
      const all = columns(count, header);
      const card = cardColumns(all);
      expect(card?.title.id).toBe(`c${header}`);
      expect(card?.facts.length).toBe(Math.min(MOST_FACTS, count - 1));
      const ids = [card?.title, ...(card?.facts ?? []), ...(card?.more ?? [])].map((column) => column?.id);
      expect(ids.toSorted()).toEqual(all.map(({ id }) => id).toSorted());
    }
  }
});

it("follows the order and the choice of columns", () => {
  const display = [
    { id: "c2", visible: true },
    { id: "c0", visible: true },
    { id: "c1", visible: false },
  ];
  const card = cardColumns(columns(3), display);
  expect([card?.title.id, card?.facts.map(({ id }) => id), card?.more]).toEqual(["c0", ["c2"], []]);
  expect(cardColumns([])).toBeUndefined();
});

it("knows a row by what the table knows it by", () => {
  expect(keyOfRow<{ a: string }>("a", { a: "x" }, 3)).toBe("x");
  expect(keyOfRow<{ a: string }>(({ a }) => `${a}!`, { a: "x" }, 3)).toBe("x!");
  expect(keyOfRow(undefined, {}, 3)).toBe("3");
});
