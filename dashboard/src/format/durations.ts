/** "12 min 31 s", "3 h 5 min", "2 d 4 h": two units at most, rounded down. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3_600) return two(Math.floor(whole / 60), "min", whole % 60, "s");
  if (whole < 86_400) return two(Math.floor(whole / 3_600), "h", Math.floor((whole % 3_600) / 60), "min");
  return two(Math.floor(whole / 86_400), "d", Math.floor((whole % 86_400) / 3_600), "h");
}

/** For forecasts and ages, where seconds would pretend: "under a minute", "12 min", "3 h 5 min". */
export function roughDuration(seconds: number): string {
  if (seconds < 60) return "under a minute";
  return duration(seconds < 3_600 ? Math.floor(seconds / 60) * 60 : seconds);
}

/** Between two moments of the API, in seconds. */
export function secondsBetween(from: string, to: string | number): number {
  return ((typeof to === "number" ? to : Date.parse(to)) - Date.parse(from)) / 1_000;
}

function two(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}
