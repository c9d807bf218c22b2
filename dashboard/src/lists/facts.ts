// What a card shows of a row, where there is no room for a table.
import type { TableProps } from "@cloudscape-design/components/table";

type Column<T> = TableProps.ColumnDefinition<T>;

export interface CardColumns<T> {
  /** Names the card: the column of row headers, or the first. */
  title: Column<T>;
  /** At once, in the order of the table. */
  facts: Column<T>[];
  /** Behind "More". */
  more: Column<T>[];
}

export const MOST_FACTS = 4;

/** The columns of a card: a title and four facts; no fact is dropped, the rest waits behind "More". */
export function cardColumns<T>(
  columns: readonly Column<T>[],
  display?: readonly { id: string; visible?: boolean }[],
): CardColumns<T> | undefined {
  const shown = (display ?? [])
    .filter(({ visible }) => visible === true)
    .flatMap(({ id }) => columns.filter((column) => column.id === id));
  const used = display === undefined ? columns : shown;
  const title = used.find(({ isRowHeader }) => isRowHeader === true) ?? used[0];
  if (title === undefined) return undefined;
  const rest = used.filter((column) => column !== title);
  return { title, facts: rest.slice(0, MOST_FACTS), more: rest.slice(MOST_FACTS) };
}

/** What a row is known by. */
export function keyOfRow<T>(trackBy: TableProps<T>["trackBy"], item: T, index: number): string {
  if (typeof trackBy === "function") return trackBy(item);
  const value = trackBy === undefined ? undefined : (item as Record<string, unknown>)[trackBy];
  return value === undefined ? String(index) : String(value);
}
