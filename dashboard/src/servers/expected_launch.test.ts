import { describe, expect, it } from "vitest";
import { expectedInWords, rangeInWords, sourceInWords } from "./expected_launch";

const NOW = Date.parse("2026-01-18T09:30:00Z");
const learnt = {
  p50Seconds: 720,
  p90Seconds: 1_080,
  source: "OWN" as const,
  samples: 5,
  asOf: "2026-01-15T09:30:00Z",
};

describe("the expected time of a launch", () => {
  it("is said with what 9 of 10 launches take, where that differs", () => {
    expect(expectedInWords(learnt)).toBe("about 12 min, at most 18 min in 9 of 10 launches");
    expect(expectedInWords({ ...learnt, p50Seconds: 5, p90Seconds: 9 })).toBe("under a minute");
    expect(rangeInWords(720, 1_200)).toBe("about 12 min, at most 20 min");
    expect(rangeInWords(720, 750)).toBe("about 12 min");
  });

  it("is said without it where an older execution does not know it", () => {
    expect(rangeInWords(720, null)).toBe("about 12 min");
    expect(rangeInWords(5, null)).toBe("under a minute");
  });

  it("says what it was learnt from, and how long ago", () => {
    expect(sourceInWords(learnt, NOW)).toBe("learnt from 5 launches of its own, the newest 3 d ago");
    expect(sourceInWords({ ...learnt, source: "KIND", samples: 1 }, NOW)).toBe(
      "learnt from 1 launch of servers of its kind, the newest 3 d ago",
    );
    expect(sourceInWords({ ...learnt, source: "DEFAULT", samples: 0, asOf: null }, NOW)).toBe(
      "the ordinary time: nothing has been learnt yet",
    );
  });
});
