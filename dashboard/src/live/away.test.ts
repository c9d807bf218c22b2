import { expect, it } from "vitest";
import { whyNotSent } from "./away";
import type { ConnectionPhase } from "./connection";

const AT = Date.parse("2026-11-26T14:01:55Z");
const phase = (name: ConnectionPhase) => ({
  phase: name,
  lastAnswerAt: AT - 1_000,
  failingSince: AT,
  failures: 1,
});

it("says since when nothing can be sent, and only once the connection counts as lost", () => {
  expect(whyNotSent(phase("lost"), "utc")).toBe(
    "No connection since 14:01:55 UTC: nothing can be sent until it is back.",
  );
  for (const name of ["starting", "live", "reconnecting"] as const)
    expect(whyNotSent(phase(name), "utc")).toBe("");
});
