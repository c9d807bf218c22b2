import Wide, { type TableProps } from "@cloudscape-design/components/table";
import { type ReactNode, useSyncExternalStore } from "react";
import { useNarrow } from "../parts/use_narrow";
import { PrintedTable } from "../print/PrintedTable";
import { printing } from "../print/printing";
import { Cards } from "./Cards";

export type { TableProps };

interface Props<T> extends TableProps<T> {
  /** All rows where `items` are one page of them: for paper, which has no pages to turn to. */
  allItems?: readonly T[] | undefined;
  /** What a card has at its end: the act for which its row is looked for. */
  cardAction?: ((item: T) => ReactNode) | undefined;
}

/** A table; the same rows as cards on a phone, and all of them on paper. */
export default function Table<T>({ allItems, cardAction, ...props }: Props<T>) {
  const isNarrow = useNarrow();
  const isPrinting = useSyncExternalStore(printing.follow, printing.get);
  if (isPrinting) return <PrintedTable {...props} items={allItems ?? props.items} />;
  return isNarrow ? <Cards {...props} cardAction={cardAction} /> : <Wide {...props} />;
}
