import { useState } from "react";
import { type Cursors, FIRST_PAGE, turned } from "./cursors";

/**
 * Pages by the API's cursors. `filters` is what the list is asked for, as text: with other filters it begins again,
 * because a cursor is valid for its own filters only.
 */
export function useCursors(filters: string) {
  const [state, setState] = useState<{ filters: string; cursors: Cursors }>({ filters, cursors: FIRST_PAGE });
  const cursors = state.filters === filters ? state.cursors : FIRST_PAGE;
  return {
    cursor: cursors.before[cursors.index] ?? "",
    index: cursors.index,
    turn: (index: number, nextCursor: string | null) =>
      setState({ filters, cursors: turned(cursors, index, nextCursor) }),
  };
}
