import { expect, it } from "vitest";
import { clockOffset, hearClock } from "./server_clock";

it("follows the server by the median of its last answers, and ignores less than a second", () => {
  const asked = Date.parse("2026-11-27T08:00:00Z");
  const hear = (seconds: number) =>
    hearClock(new Date(asked + 1_000 * seconds).toUTCString(), asked, asked + 200);
  hear(0);
  expect(clockOffset.get()).toBe(0);
  for (const seconds of [240, 240, -900, 240, 240]) hear(seconds);
  expect(clockOffset.get()).toBe(240_000);
  hearClock(null, asked, asked);
  hearClock("not a date", asked, asked);
  expect(clockOffset.get()).toBe(240_000);
});
