import { useRef, useState } from "react";
import { type Cursors, choicesOf, FIRST_PAGE, pageAfter, pageOf, turned } from "./cursors";
import { useAddress } from "./use_address";

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

/** The same with the page in the URL: a link shows it to somebody else. Who filters anew has to leave the page out. */
export function useCursorsInAddress() {
  const [search, choose] = useAddress();
  const shown = pageOf(search);
  const known = useRef(new Map<number, string>());
  return {
    ...shown,
    turn: (index: number, nextCursor: string | null) => {
      known.current.set(shown.index, shown.cursor);
      choose(choicesOf(pageAfter(shown, index, nextCursor, known.current)));
    },
  };
}
