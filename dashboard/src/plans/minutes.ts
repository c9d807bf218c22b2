import { duration } from "../format/durations";

/** "1 h", or in words that there is none. */
export function minutes(value: number | null, none: string): string {
  return value === null ? none : duration(60 * value);
}
