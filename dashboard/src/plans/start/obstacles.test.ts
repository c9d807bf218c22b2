import { describe, expect, it } from "vitest";
import type { Schemas } from "../../api/schemas";
import type { CheckResult, Verdict } from "../preflight/check";
import { isTakenOver, needsAccept, obstacle, replaceableOf, type Wish } from "./obstacles";

const DRILL: Wish = { mode: "DRILL", reason: "", acceptDegraded: false, replace: false };
const RECOVERY: Wish = { ...DRILL, mode: "RECOVERY", reason: "eu-central-1 is down" };

function result(launchCount: number, excludedCount: number, wouldStart = excludedCount === 0): CheckResult {
  const startSummary = { launchCount, excludedCount, needsAcceptDegraded: !wouldStart && launchCount > 0 };
  return { wouldStart, statement: "It would be refused.", startSummary } as unknown as CheckResult;
}

const WELL = {
  ...{ notPermitted: "", badData: "", running: undefined, isFresh: true, isChecking: false, replaceable: [] },
  result: result(28, 0),
};

const blocked = (...codes: string[]) =>
  ({ findings: codes.map((code) => ({ code, readiness: "BLOCKED" })) }) as unknown as Verdict;

const run = (mode: Schemas["Mode"]) =>
  ({ mode, initiatedBy: "operator@example.com" }) as Schemas["Execution"];

describe("a start", () => {
  it("is possible when nothing stands against it", () => {
    expect(obstacle(DRILL, WELL)).toBe("");
    expect(obstacle(RECOVERY, WELL)).toBe("");
  });

  it("needs a reason for a RECOVERY", () => {
    expect(obstacle({ ...RECOVERY, reason: "  " }, WELL)).toContain("reason");
  });

  it("waits for a fresh preflight", () => {
    expect(obstacle(DRILL, { ...WELL, isFresh: false })).toContain("younger than 5 minutes");
    expect(obstacle(DRILL, { ...WELL, isFresh: false, isChecking: true })).toContain("being checked again");
    expect(obstacle(DRILL, { ...WELL, result: undefined })).toContain("not answered");
  });

  it("names what a person may not do before anything else", () => {
    expect(obstacle(DRILL, { ...WELL, notPermitted: "Needs …", badData: "Choose …" })).toBe("Needs …");
    expect(obstacle(DRILL, { ...WELL, badData: "Choose …" })).toBe("Choose …");
  });

  it("without some servers has to be said", () => {
    const situation = { ...WELL, result: result(27, 1) };
    expect(obstacle(DRILL, situation)).toContain("without the servers");
    expect(obstacle({ ...DRILL, acceptDegraded: true }, situation)).toBe("");
    expect(obstacle(DRILL, { ...WELL, result: result(27, 1, true) })).toBe("");
  });

  it("with no server at all is impossible", () => {
    expect(obstacle({ ...DRILL, acceptDegraded: true }, { ...WELL, result: result(0, 3) })).toContain(
      "No server",
    );
  });

  it("that something else refuses says the API's sentence", () => {
    expect(obstacle(DRILL, { ...WELL, result: result(28, 0, false) })).toBe("It would be refused.");
  });

  it("waits for a run of the plan, but for a drill that a RECOVERY takes over", () => {
    expect(obstacle(DRILL, { ...WELL, running: run("DRILL") })).toContain("running already");
    expect(obstacle(RECOVERY, { ...WELL, running: run("RECOVERY") })).toContain("running already");
    expect(obstacle(RECOVERY, { ...WELL, running: run("DRILL") })).toBe("");
    expect(isTakenOver("DRILL", run("DRILL"))).toBe(false);
  });
});

describe("instances of an earlier recovery", () => {
  const servers = [
    blocked("RECOVERY_INSTANCE_EXISTS"),
    blocked("RECOVERY_INSTANCE_EXISTS", "NO_RECOVERY_POINT"),
  ];

  it("can be replaced where nothing else blocks, and by a RECOVERY only", () => {
    expect(replaceableOf("RECOVERY", servers)).toEqual([servers[0]]);
    expect(replaceableOf("DRILL", servers)).toEqual([]);
  });

  it("that are replaced are not left out", () => {
    const replaceable = [servers[0] as Verdict];
    const all = { ...WELL, result: result(0, 1, false), replaceable };
    expect(obstacle(RECOVERY, all)).toContain("No server");
    expect(obstacle({ ...RECOVERY, replace: true }, all)).toBe("");
    expect(needsAccept(result(0, 2, false), { ...RECOVERY, replace: true }, replaceable)).toBe(true);
  });
});
