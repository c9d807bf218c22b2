import { expect, it } from "vitest";
import { decisionsOf, linkOf, offerOfLink } from "./decisions";
import { aDetail, aWave } from "./examples";
import type { Offer } from "./run";

const offer = (action: Offer["action"], waveNumber: number | null): Offer => ({
  action,
  waveNumber,
  allowed: true,
  reason: "",
  consequence: "",
  confirm: "",
  permission: "approve",
  operation: "",
});

const DETAIL = aDetail(
  [
    aWave(1, {
      status: "AWAITING_DECISION",
      decisionSince: "2026-11-26T02:40:00Z",
      failedCount: 2,
      serverCount: 9,
    }),
    aWave(2, { status: "AWAITING_APPROVAL", approvalAskedAt: "2026-11-26T02:31:00Z" }),
    aWave(3, { status: "AWAITING_APPROVAL", approvedBy: "manager@example.com" }),
    aWave(4),
  ],
  {},
  { actions: [offer("PAUSE", null), offer("APPROVE", 2), offer("RETRY", 1)] },
);

it("lists what waits for a person, oldest first, and nothing that was decided", () => {
  expect(decisionsOf(DETAIL, []).map(({ wave, kind }) => [wave.waveNumber, kind])).toEqual([
    [2, "APPROVAL"],
    [1, "FAILED_WAVE"],
  ]);
  expect(decisionsOf(DETAIL, [])[1]?.headline).toBe("Wave 1 Wave 1: 2 of 9 servers failed, needs a decision");
});

it("names the roles that may decide, and none where nothing is offered", () => {
  expect(decisionsOf(DETAIL, [])[0]?.who).toContain("Recovery manager");
  const nothing = aDetail([aWave(1, { status: "AWAITING_APPROVAL" })]);
  expect(decisionsOf(nothing, [])[0]?.who).toBe("");
});

it("says what happens without a decision only if the API has said it", () => {
  expect(decisionsOf(DETAIL, [])[0]?.otherwise).toBe("");
});

it("opens what a link asks for, and nothing that is not offered", () => {
  expect(offerOfLink(DETAIL, "approve", 2)?.action).toBe("APPROVE");
  expect(offerOfLink(DETAIL, "approve", 1)).toBeUndefined();
  expect(offerOfLink(DETAIL, "pause", null)?.action).toBe("PAUSE");
  expect(offerOfLink(DETAIL, "decide", 1)).toBeUndefined();
  for (const each of DETAIL.actions) {
    expect(offerOfLink(DETAIL, linkOf(each), each.waveNumber)).toBe(each);
  }
});
