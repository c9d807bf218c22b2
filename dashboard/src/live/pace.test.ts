import { describe, expect, it } from "vitest";
import { LIST, ONCE, untilNextRead } from "./pace";

const SITUATION = { pace: LIST, isHidden: false, failures: 0, retryAfterSeconds: undefined, chance: 0.5 };

describe("the next read", () => {
  it("comes by the pace, and not in a hidden tab where the pace says so", () => {
    expect(untilNextRead(SITUATION)).toBe(60_000);
    expect(untilNextRead({ ...SITUATION, isHidden: true })).toBe(false);
    expect(untilNextRead({ ...SITUATION, pace: ONCE })).toBe(false);
  });

  it("comes 2, 4, 8, 16, 30 seconds after failures, give or take a fifth, also where nothing would be read again", () => {
    const waits = [1, 2, 3, 4, 5, 9].map((failures) => untilNextRead({ ...SITUATION, failures, pace: ONCE }));
    expect(waits).toEqual([2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    expect(untilNextRead({ ...SITUATION, failures: 1, chance: 0 })).toBe(1_600);
    expect(untilNextRead({ ...SITUATION, failures: 1, chance: 1 })).toBe(2_400);
  });

  it("waits as long as the API asks for", () => {
    expect(untilNextRead({ ...SITUATION, failures: 1, retryAfterSeconds: 20 })).toBe(20_000);
    expect(untilNextRead({ ...SITUATION, failures: 5, retryAfterSeconds: 1 })).toBe(30_000);
  });
});
