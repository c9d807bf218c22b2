import { duration, secondsBetween } from "../format/durations";
import { useSecond } from "../frame/Clock";

/** How long something has been going on, by the server's clock: the smallest component that ticks. */
export function Elapsed({ since }: { since: string }) {
  const now = useSecond();
  return <>{duration(secondsBetween(since, now))}</>;
}
