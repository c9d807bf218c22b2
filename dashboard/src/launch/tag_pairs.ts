export interface TagPair {
  key: string;
  value: string;
}

/** The pairs that have a key, as the API takes them; of two with one key the later counts. */
export function recordOf(pairs: readonly TagPair[]): Record<string, string> {
  return Object.fromEntries(
    pairs.filter(({ key }) => key.trim() !== "").map(({ key, value }) => [key.trim(), value.trim()]),
  );
}
