import { useCallback, useEffect, useMemo, useRef } from "react";
import { useSearchParams } from "react-router";
import { changed, type Selection, selectionOf } from "./selection";

export type Select = (change: Partial<Selection>) => void;

/**
 * The selection of the page. Another view is a step in the history, a filter replaces the one before. `select` is the
 * same function all the time, so that parts of the page which only pass it on are not drawn again.
 */
export function useSelection(): [Selection, Select] {
  const [search, setSearch] = useSearchParams();
  const latest = useRef(setSearch);
  useEffect(() => {
    latest.current = setSearch;
  });
  const selection = useMemo(() => selectionOf(search), [search]);
  const select = useCallback<Select>(
    (change) =>
      latest.current((before) => changed(before, change), {
        replace: change.view === undefined,
        preventScrollReset: true,
      }),
    [],
  );
  return [selection, select];
}
