// When something that is shown is read again: one rule for all pages.

export interface Pace {
  /** Seconds between two reads while the page is visible; null: not by itself. */
  visible: number | null;
  /** Seconds while the tab is hidden; null: not at all. */
  hidden: number | null;
}

/** Lists, inventory and capacity. */
export const LIST: Pace = { visible: 60, hidden: null };
/** Read once, and again when somebody comes back to the page. */
export const ONCE: Pace = { visible: null, hidden: null };

const LONGEST_WAIT_SECONDS = 30;

interface Situation {
  pace: Pace;
  isHidden: boolean;
  /** Failures in a row. */
  failures: number;
  retryAfterSeconds: number | undefined;
  /** A number from 0 to 1, so that pages that failed together do not come back together. */
  chance: number;
}

/** Milliseconds until the next read, or false for none. */
export function untilNextRead({
  pace,
  isHidden,
  failures,
  retryAfterSeconds,
  chance,
}: Situation): number | false {
  if (failures > 0) {
    const backOff = Math.min(2 ** failures, LONGEST_WAIT_SECONDS) * (0.8 + 0.4 * chance);
    return Math.round(1_000 * Math.max(backOff, retryAfterSeconds ?? 0));
  }
  const seconds = isHidden ? pace.hidden : pace.visible;
  return seconds === null ? false : 1_000 * seconds;
}
