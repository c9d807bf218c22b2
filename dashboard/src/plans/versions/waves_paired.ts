// Which wave of one version is which of another: numbers change when waves are moved, names when they are renamed.
import type { Wave } from "../content";

export interface Pair {
  before: Wave | undefined;
  after: Wave | undefined;
}

/**
 * Every wave of both versions once: by name, then by most groups in common. A wave with neither is another wave, even if
 * it has the same number. In the order of `after`, then those that are gone.
 */
export function paired(before: readonly Wave[], after: readonly Wave[]): Pair[] {
  const free = new Set(before);
  const partner = new Map<Wave, Wave>();
  for (const closeness of [sameName, sharedGroups]) {
    for (const wave of after) {
      if (partner.has(wave)) continue;
      const best = closest(wave, free, closeness);
      if (best === undefined) continue;
      partner.set(wave, best);
      free.delete(best);
    }
  }
  const kept = after.map((wave) => ({ before: partner.get(wave), after: wave }));
  return [...kept, ...[...free].map((wave) => ({ before: wave, after: undefined }))];
}

type Closeness = (a: Wave, b: Wave) => number;

const sameName: Closeness = (a, b) => (a.name === b.name ? 1 + sharedGroups(a, b) : 0);
const sharedGroups: Closeness = (a, b) =>
  a.protectionGroupIds.filter((id) => b.protectionGroupIds.includes(id)).length;

function closest(wave: Wave, candidates: ReadonlySet<Wave>, closeness: Closeness): Wave | undefined {
  let best: Wave | undefined;
  let most = 0;
  for (const candidate of candidates) {
    const close = closeness(wave, candidate);
    if (close > most) [best, most] = [candidate, close];
  }
  return best;
}
