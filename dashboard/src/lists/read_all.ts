import { type Answer, type ReadInput, type ReadPath, read } from "../api/client";

type PagedPath = {
  [P in ReadPath]: Answer<P> extends { items: unknown[]; nextCursor: string | null } ? P : never;
}[ReadPath];
type Item<P extends PagedPath> = Answer<P> extends { items: (infer I)[] } ? I : never;

/** All entries of a list, page by page. `arrived` is called after each page with the number so far. */
export async function readAll<P extends PagedPath>(
  path: P,
  input: ReadInput<P>,
  {
    arrived,
    signal,
    most = 50_000,
  }: { arrived?: (count: number) => void; signal?: AbortSignal; most?: number } = {},
): Promise<Item<P>[]> {
  const items: Item<P>[] = [];
  let cursor: string | null = "";
  while (cursor !== null && items.length < most) {
    const query: object = { ...input.query, ...(cursor === "" ? {} : { cursor }) };
    const answer: unknown = await read(path, { ...input, query } as ReadInput<P>, signal);
    const page = answer as { items: Item<P>[]; nextCursor: string | null };
    items.push(...page.items);
    arrived?.(items.length);
    cursor = page.nextCursor;
  }
  return items;
}
