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
