import { describe, expect, it } from "vitest";
import {
  type EvidenceProblem,
  evidenceLink,
  evidenceSubject,
  type Unsent,
  unsentFact,
  unsentLink,
} from "./unseen";

const notice: Unsent = {
  eventId: "01J0000000000000000000000A",
  executionId: "exec-01J",
  planId: "",
  waveNumber: 2,
  event: "APPROVAL_NEEDED",
  at: "2026-01-15T09:30:00Z",
  subject: "Wave 2 of 'shop' needs an approval",
  state: "RETRYING",
  channels: ["SNS", "EVENTBRIDGE"],
  tries: 1,
  triedAt: "2026-01-15T09:30:00Z",
  nextTryAt: "2026-01-15T09:31:00Z",
  reason: "SNS: the topic does not exist.",
  action: "Repair what the reason names.",
};

const problem: EvidenceProblem = {
  kind: "CHANGED_BY_HAND",
  log: "audit",
  since: "2026-01-15T09:30:00Z",
  reason: "The entry was removed.",
  action: "Verify the chain.",
  chain: "audit/2026-01-15",
  item: "01J",
};

describe("a notice that was not sent", () => {
  it("says whether it is tried again, and leads to its wave in the timeline", () => {
    expect(unsentFact(notice).text).toBe("not sent by SNS and EventBridge yet, 1 attempt");
    expect(unsentFact({ ...notice, state: "GIVEN_UP", channels: ["SNS"], tries: 10 }).text).toBe(
      "not sent by SNS, given up after 10 attempts",
    );
    expect(unsentLink(notice)).toBe("/executions/exec-01J?view=timeline&wave=2");
    expect(unsentLink({ ...notice, waveNumber: null })).toBe("/executions/exec-01J?view=timeline");
  });

  it("leads to the plan, the syncs or the servers where there is no execution", () => {
    const other: Unsent = { ...notice, executionId: "", waveNumber: null };
    expect(unsentLink({ ...other, event: "DRILL_SKIPPED", planId: "plan-01J" })).toBe("/plans/plan-01J");
    expect(unsentLink({ ...other, event: "SYNC_FAILING" })).toBe("/settings/syncs");
    expect(unsentLink({ ...other, event: "REPLICATION_STALLED" })).toBe("/servers?sort=LAG");
  });
});

describe("a problem of the evidence", () => {
  it("leads to the verification of its chain", () => {
    expect(evidenceSubject(problem)).toBe("The audit log of 2026-01-15");
    expect(evidenceLink(problem)).toBe("/audit/verify?day=2026-01-15");
    const timeline: EvidenceProblem = { ...problem, log: "timeline", chain: "timeline/exec-01J" };
    expect(evidenceSubject(timeline)).toBe("The timeline of exec-01J");
    expect(evidenceLink(timeline)).toBe("/audit/verify?executionId=exec-01J");
  });

  it("leads to the verification of today where it has no chain", () => {
    const late: EvidenceProblem = { ...problem, kind: "LATE", chain: "", item: "" };
    expect(evidenceSubject(late)).toBe("The audit log");
    expect(evidenceSubject({ ...late, log: "timeline" })).toBe("The timelines of executions");
    expect(evidenceLink(late)).toBe("/audit/verify");
  });
});
