// What has changed while nobody could read.

/** Moments of reading, which are new with every answer and no change of anything. */
const OF_THE_READING = new Set(["asOf", "readAt"]);

/** How many of the readings before have other content now. */
export function changedReadings(
  before: ReadonlyMap<string, unknown>,
  now: ReadonlyMap<string, unknown>,
): number {
  return [...before].filter(([key, value]) => now.has(key) && !isAlike(value, now.get(key))).length;
}

export function isAlike(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return false;
  if (one instanceof Map && other instanceof Map) return isAlike([...one], [...other]);
  const [first, second] = [contentOf(one), contentOf(other)];
  return (
    first.length === second.length &&
    Array.isArray(one) === Array.isArray(other) &&
    first.every(([key, value]) => key in other && isAlike(value, (other as Record<string, unknown>)[key]))
  );
}

function contentOf(value: object): [string, unknown][] {
  return Object.entries(value).filter(([key]) => !OF_THE_READING.has(key));
}
