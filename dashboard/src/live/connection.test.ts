import { describe, expect, it } from "vitest";
import { DASHBOARD_PACE } from "../home/use_dashboard";
import {
  afterFailure,
  answerArrived,
  type Connection,
  lastReadings,
  OVERDUE_MS,
  whenOverdue,
} from "./connection";
import { untilNextRead } from "./pace";

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

describe("a lost connection is shown within ten seconds by what the frame of every page reads", () => {
  const wait = (failures: number) =>
    Number(
      untilNextRead({
        pace: DASHBOARD_PACE,
        isHidden: false,
        failures,
        retryAfterSeconds: undefined,
        chance: 1,
      }),
    );

  it("when requests are refused: in the header by the first, as lost by the second", () => {
    const first = afterFailure(LIVE, LIVE.lastAnswerAt + wait(0));
    expect([first.phase, wait(0) <= 10_000]).toEqual(["reconnecting", true]);
    expect(afterFailure(first, first.failingSince + wait(1)).phase).toBe("lost");
    expect(wait(0) + wait(1)).toBeLessThanOrEqual(10_000);
  });

  it("when nothing answers: in the header as soon as the answer is overdue", () => {
    const askedAt = LIVE.lastAnswerAt + wait(0);
    expect(whenOverdue(LIVE, askedAt, askedAt + OVERDUE_MS).phase).toBe("reconnecting");
    expect(wait(0) + OVERDUE_MS).toBeLessThanOrEqual(10_000);
  });
});

it("knows when each source was last read, the newest first, and forgets what nobody reads any more", () => {
  for (let page = 0; page < 40; page += 1) answerArrived(`/api/plans/${page}?cursor=secret`);
  answerArrived("https://dr.example.com/api/dashboard");
  answerArrived("/api/plans/20?cursor=other");
  const sources = lastReadings().map(({ source }) => source);
  expect(sources.slice(0, 3)).toEqual(["/plans/20", "/dashboard", "/plans/39"]);
  expect(sources.length).toBe(30);
});
