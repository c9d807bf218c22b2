import { expect, it } from "vitest";
import { afterFailure, type Connection } from "./connection";

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
