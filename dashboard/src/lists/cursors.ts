/** The pages of a list that were visited: the cursor that leads to each, and which one is shown. */
export interface Cursors {
  before: readonly string[];
  index: number;
}

export const FIRST_PAGE: Cursors = { before: [""], index: 0 };

/** Another page: one that was visited, or the next one, to which `nextCursor` leads. */
export function turned({ before, index }: Cursors, wanted: number, nextCursor: string | null): Cursors {
  if (wanted < 0) return { before, index };
  if (wanted <= index || wanted < before.length) return { before, index: wanted };
  if (nextCursor === null) return { before, index };
  return { before: [...before.slice(0, index + 1), nextCursor], index: index + 1 };
}

/** A page of a list that is in a URL: its cursor, empty for the first page, and its place, from 0. */
export interface AddressedPage {
  cursor: string;
  index: number;
}

/** The page of a URL; what says no page is the first one. */
export function pageOf(search: URLSearchParams): AddressedPage {
  const cursor = search.get("cursor") ?? "";
  const number = Number(search.get("page"));
  if (cursor === "") return { cursor, index: 0 };
  return { cursor, index: Number.isInteger(number) && number > 1 ? number - 1 : 1 };
}

/** How the URL names a page. */
export function choicesOf({ cursor, index }: AddressedPage): { cursor: string; page: string } {
  return { cursor, page: cursor === "" ? "" : String(index + 1) };
}

/**
 * Another page than the one that is shown. `known` are the cursors of pages that were visited: after a link had led into
 * the middle of a list, a page before it may be unknown, and the first one is shown instead.
 */
export function pageAfter(
  shown: AddressedPage,
  wanted: number,
  nextCursor: string | null,
  known: ReadonlyMap<number, string>,
): AddressedPage {
  const cursor = (wanted === shown.index + 1 ? nextCursor : null) ?? known.get(wanted) ?? "";
  return cursor === "" ? { cursor, index: 0 } : { cursor, index: wanted };
}
