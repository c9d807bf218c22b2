// For tests of components: React flushes what `act` encloses, and time passes when the test says so.
import { afterEach, beforeEach, vi } from "vitest";

/** Gives each test of the file a clock of its own, which stands still until the test advances it. */
export function onOwnClock(): void {
  beforeEach(() => {
    vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });
}
