import { expect, it } from "vitest";
import { afterFailure, type Connection, whenOverdue } from "./connection";

const LIVE: Connection = { phase: "live", lastAnswerAt: 1_000, failingSince: 0, failures: 0 };

it("is lost after the second failure, and says since when", () => {
  const once = afterFailure(LIVE, 5_000);
  expect(once).toEqual({ phase: "reconnecting", lastAnswerAt: 1_000, failingSince: 5_000, failures: 1 });
  expect(afterFailure(once, 7_000)).toEqual({
    phase: "lost",
    lastAnswerAt: 1_000,
    failingSince: 5_000,
    failures: 2,
  });
});

it("is lost within ten seconds when nothing arrives any more, and not when one answer of several is slow", () => {
  const slow = whenOverdue(LIVE, 2_000, 6_500);
  expect(slow).toEqual({ ...LIVE, phase: "reconnecting", failingSince: 2_000 });
  expect(whenOverdue(slow, 2_000, 11_000).phase).toBe("lost");
  expect(whenOverdue({ ...LIVE, lastAnswerAt: 3_000 }, 2_000, 20_000).phase).toBe("live");
  const starting: Connection = { ...LIVE, phase: "starting", lastAnswerAt: 0 };
  expect(whenOverdue(starting, 2_000, 20_000)).toBe(starting);
});
