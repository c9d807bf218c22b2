// The time of the server, from the Date of its answers: every elapsed time and every "now" follows it.
import { Store } from "./store";

const MOST_SAMPLES = 5;
/** A clock that is further off than this is named to its owner. */
export const NOTABLE_OFFSET_MS = 30_000;

const samples: number[] = [];

/** The server's time less this computer's, in milliseconds. */
export const clockOffset = new Store(0);

/** Learn from one answer. Its Date has whole seconds, so that half a second is added. */
export function hearClock(date: string | null, askedAt: number, answeredAt: number): void {
  const server = date === null ? Number.NaN : Date.parse(date);
  if (Number.isNaN(server)) return;
  samples.push(server + 500 - (askedAt + answeredAt) / 2);
  if (samples.length > MOST_SAMPLES) samples.shift();
  const middle = median(samples);
  // Less than a second is the coarseness of the header, and would make times jump.
  clockOffset.set(Math.abs(middle) < 1_000 ? 0 : Math.round(middle / 1_000) * 1_000);
}

/** The server's time now, in milliseconds since 1970. */
export function serverNow(): number {
  return Date.now() + clockOffset.get();
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
