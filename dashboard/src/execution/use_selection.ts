import { useCallback, useMemo } from "react";
import { useSearchParams } from "react-router";
import { changed, type Selection, selectionOf } from "./selection";

export type Select = (change: Partial<Selection>) => void;

/** The selection of the page. Another view is a step in the history, a filter replaces the one before. */
export function useSelection(): [Selection, Select] {
  const [search, setSearch] = useSearchParams();
  const selection = useMemo(() => selectionOf(search), [search]);
  const select = useCallback<Select>(
    (change) =>
      setSearch((before) => changed(before, change), {
        replace: change.view === undefined,
        preventScrollReset: true,
      }),
    [setSearch],
  );
  return [selection, select];
}
