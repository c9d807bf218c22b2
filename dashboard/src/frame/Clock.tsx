import { useEffect, useState, useSyncExternalStore } from "react";
import { roughDuration } from "../format/durations";
import { bothZones, timeOfDay, zoneName } from "../format/times";
import { clockOffset, NOTABLE_OFFSET_MS, serverNow } from "../live/server_clock";
import { zone } from "../settings/preferences";

/** The server's time. A press switches all times of the page between UTC and the local zone. */
export function Clock() {
  const chosen = useSyncExternalStore(zone.follow, zone.get);
  const offset = useSyncExternalStore(clockOffset.follow, clockOffset.get);
  const now = useSecond();
  const other = chosen === "utc" ? "local time" : "UTC";
  const isOff = Math.abs(offset) >= NOTABLE_OFFSET_MS;
  const direction = offset < 0 ? "ahead" : "behind";
  return (
    <>
      {isOff ? (
        <span className="clock-off">
          This computer's clock is {roughDuration(Math.abs(offset) / 1_000)} {direction}; times follow the
          server.
        </span>
      ) : null}
      <button
        type="button"
        className="header-button figures"
        title={`${bothZones(now)}. Press to show times in ${other}.`}
        onClick={() => zone.set(chosen === "utc" ? "local" : "utc")}
      >
        {timeOfDay(now, chosen)} {zoneName(now, chosen)}
      </button>
    </>
  );
}

/** The server's time, each second; each ten when motion is not wanted. */
export function useSecond(): number {
  return useTime(1);
}

/** The server's time in steps of so many seconds: what uses it is drawn again once a step, and not each second. */
export function useTime(step: number): number {
  const [now, setNow] = useState(() => rounded(step));
  useEffect(() => {
    const seconds = matchMedia("(prefers-reduced-motion: reduce)").matches ? 10 : 1;
    const timer = setInterval(() => setNow(rounded(step)), 1_000 * seconds);
    return () => clearInterval(timer);
  }, [step]);
  return now;
}

function rounded(step: number): number {
  const milliseconds = 1_000 * step;
  return step === 1 ? serverNow() : Math.ceil(serverNow() / milliseconds) * milliseconds;
}
