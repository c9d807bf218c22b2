/** Where recovery points lie on a line of time, from 0 (the oldest that is shown) to 1 (now). */
export function placesOfPoints(times: readonly string[], now: number): number[] {
  const moments = times.map((time) => Date.parse(time)).filter((moment) => !Number.isNaN(moment));
  const oldest = Math.min(...moments, now);
  const span = now - oldest;
  return moments.map((moment) => (span <= 0 ? 1 : Math.min(1, (moment - oldest) / span)));
}
