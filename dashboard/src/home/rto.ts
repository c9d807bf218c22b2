import { secondsBetween } from "../format/durations";

/** How much of its RTO a run has used; null without a target. `overSeconds` is 0 while it is within. */
export function rtoUsed(
  startedAt: string,
  rtoMinutes: number | null,
  now: number,
): { minutes: number; overSeconds: number } | null {
  if (rtoMinutes === null) return null;
  return {
    minutes: rtoMinutes,
    overSeconds: Math.max(0, secondsBetween(startedAt, now) - 60 * rtoMinutes),
  };
}
