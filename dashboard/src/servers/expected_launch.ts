// How long a launch of a server is expected to take, and what that is learnt from.
import type { Schemas } from "../api/schemas";
import { roughDuration, secondsBetween } from "../format/durations";
import { counted } from "../format/numbers";

type ExpectedTime = Schemas["ExpectedTime"];

/** "about 12 min, at most 18 min in 9 of 10 launches". */
export function expectedInWords({ p50Seconds, p90Seconds }: ExpectedTime): string {
  const range = rangeInWords(p50Seconds, p90Seconds);
  return range === aboutInWords(p50Seconds) ? range : `${range} in 9 of 10 launches`;
}

/** "about 12 min, at most 18 min", or "about 12 min" where no more is known. */
export function rangeInWords(p50Seconds: number, p90Seconds: number | null): string {
  const half = aboutInWords(p50Seconds);
  if (p90Seconds === null || roughDuration(p50Seconds) === roughDuration(p90Seconds)) return half;
  return `${half}, at most ${roughDuration(p90Seconds)}`;
}

/** "about 12 min", "under a minute". */
function aboutInWords(seconds: number): string {
  return seconds < 60 ? roughDuration(seconds) : `about ${roughDuration(seconds)}`;
}

/** "learnt from 5 launches of its own, the newest 3 d ago". */
export function sourceInWords({ source, samples, asOf }: ExpectedTime, now: number): string {
  if (source === "DEFAULT") return "the ordinary time: nothing has been learnt yet";
  const launches = counted(samples, "launch", "launches");
  const whose = source === "OWN" ? `${launches} of its own` : `${launches} of servers of its kind`;
  const age = asOf === null ? "" : `, the newest ${roughDuration(secondsBetween(asOf, now))} ago`;
  return `learnt from ${whose}${age}`;
}
