import { describe, expect, it } from "vitest";
import type { StartSummary } from "../preflight/check";
import { cleanupOf, consequence, whatWillHappen } from "./sentences";

const SUMMARY: StartSummary = {
  ...{ waveCount: 5, serverCount: 29, launchCount: 28, olderDataCount: 2, excludedCount: 1 },
  places: [
    { accountId: "222233334444", region: "us-east-1", launchCount: 16 },
    { accountId: "333344445555", region: "us-west-2", launchCount: 12 },
  ],
  excluded: [
    {
      ...{ sourceServerId: "s-1", hostname: "shop-db-3", waveNumber: 1, impact: "CRITICAL" },
      reason: "It has no recovery point.",
    },
  ],
  needsAcceptDegraded: true,
  preempts: [{ executionId: "exec-1", planId: "plan-2", planName: "hr", serverCount: 9 }],
  approvals: [{ waveNumber: 4, waveName: "Web servers", byAnother: true, roles: [] }],
  expectedSeconds: 2_280,
  rtoMinutes: 60,
  existingInstances: { DRILL: 4 },
};

const QUIET: StartSummary = {
  ...SUMMARY,
  ...{
    olderDataCount: 0,
    excludedCount: 0,
    excluded: [],
    preempts: [],
    approvals: [],
    existingInstances: {},
  },
};

describe("what will happen", () => {
  it("says everything that the preflight knows", () => {
    expect(whatWillHappen("RECOVERY", SUMMARY).map(({ text }) => text)).toEqual([
      "28 servers in 5 waves: 16 in 222233334444 us-east-1, 12 in 333344445555 us-west-2.",
      "2 launch from older data.",
      "1 server cannot launch and is left out. shop-db-3 (CRITICAL): It has no recovery point.",
      "4 instances of earlier drills are still there and are replaced.",
      "The DRILL hr (9 servers) is cancelled for it.",
      "Wave 4 (Web servers) needs an approval by somebody else than you.",
    ]);
  });

  it("says nothing of what does not happen", () => {
    expect(whatWillHappen("RECOVERY", QUIET)).toHaveLength(1);
    expect(whatWillHappen("RECOVERY", QUIET).every(({ tone }) => tone === "plain")).toBe(true);
  });

  it("counts the servers that it does not name", () => {
    const sentences = whatWillHappen("DRILL", { ...SUMMARY, excludedCount: 40 });
    expect(sentences.map(({ text }) => text).join(" ")).toContain("And 39 more.");
  });
});

describe("the last question", () => {
  const plan = { cleanup: { onSuccessMinutes: 60, onFailureMinutes: null } };

  it("says of a RECOVERY that the service may run twice, and who is left out", () => {
    const text = consequence("RECOVERY", plan, SUMMARY).join(" ");
    expect(text).toContain("28 servers launch in 2 accounts and go into production use.");
    expect(text).toContain("the same service may run twice");
    expect(text).toContain("shop-db-3");
    expect(text).toContain("The DRILL hr (9 servers) is cancelled for it.");
  });

  it("says which instances end for it", () => {
    const text = (replaced: number, drills: number) =>
      consequence("RECOVERY", plan, { ...QUIET, existingInstances: { DRILL: drills } }, replaced).join(" ");
    expect(text(0, 0)).not.toContain("terminated");
    expect(text(2, 0)).toContain(
      "2 instances of an earlier recovery, perhaps your production, are terminated",
    );
    expect(text(0, 4)).toContain("4 instances of earlier drills are still there and are replaced.");
  });

  it("says of a DRILL what it costs and until when", () => {
    expect(consequence("DRILL", plan, QUIET)).toEqual([
      "28 instances are launched and cost money until they are terminated: automatically 1 h after a good end.",
    ]);
    expect(cleanupOf({ cleanup: { onSuccessMinutes: null, onFailureMinutes: null } })).toBe(
      "that has to be done by hand",
    );
  });
});
