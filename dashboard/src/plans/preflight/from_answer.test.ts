import { describe, expect, it } from "vitest";
import type { Schemas } from "../../api/schemas";
import { isFresh, shownServers, type Verdict } from "./check";
import { titleOf } from "./codes";
import { causesOf, resultOf } from "./from_answer";

type Finding = Schemas["Finding"];

const LAGS: Finding = {
  readiness: "DEGRADED",
  code: "LAG_OVER_RPO",
  reason: "It lags.",
  remedy: "Repair it.",
};
const NO_POINT: Finding = {
  readiness: "BLOCKED",
  code: "NO_RECOVERY_POINT",
  reason: "None.",
  remedy: "Wait.",
};

function server(
  hostname: string,
  waveNumber: number,
  findings: Finding[] = [],
  region = "us-east-1",
): Verdict {
  const readiness = findings.map((finding) => finding.readiness).sort()[0] ?? "READY";
  return {
    ...{ hostname, sourceServerId: `s-${hostname}`, waveNumber, findings, readiness, region },
    ...{ accountId: "222233334444", groupId: "pg-1", impact: "CRITICAL", existingInstances: [] },
    ...{ recoveryPointAt: null, recoveryPointId: "", pointSkewSeconds: null },
  };
}

const SERVERS = [
  server("web-1", 3),
  server("db-2", 1, [LAGS, LAGS]),
  server("db-1", 1, [NO_POINT], "us-west-2"),
  server("app-1", 2, [LAGS]),
];

const ANSWER: Schemas["PlanPreflight"] = {
  ...{ planId: "plan-1", planVersion: 7, mode: "RECOVERY", pointInTime: null, pointSkewSeconds: null },
  ...{
    checkedAt: "2026-11-26T02:00:00Z",
    statement: "…",
    wouldStart: false,
    findings: [],
    serversNotShown: 0,
  },
  ...{ readyCount: 1, degradedCount: 2, blockedCount: 1, servers: SERVERS },
};

const PLAN = {
  approval: { twoPerson: true, timeoutMinutes: 60 },
  rtoMinutes: 60,
  waves: [
    { number: 1, name: "Data", approvalRequired: false },
    { number: 2, name: "Web", approvalRequired: true },
  ],
} as unknown as Schemas["RecoveryPlan"];

describe("the causes", () => {
  it("come worst first, each server once, however many findings it has", () => {
    const causes = causesOf(SERVERS);
    expect(causes.map(({ code, count }) => [code, count])).toEqual([
      ["NO_RECOVERY_POINT", 1],
      ["LAG_OVER_RPO", 2],
    ]);
    expect(causes[1]?.servers.map(({ hostname }) => hostname)).toEqual(["db-2", "app-1"]);
  });

  it("do not depend on the order of servers", () => {
    const heads = (servers: Verdict[]) => causesOf(servers).map(({ code, count }) => `${code} ${count}`);
    expect(heads([...SERVERS].reverse())).toEqual(heads(SERVERS));
  });
});

it("sums up what a start would do", () => {
  const { startSummary } = resultOf(ANSWER, PLAN);
  expect(startSummary).toMatchObject({ waveCount: 2, serverCount: 4, launchCount: 3, olderDataCount: 2 });
  expect(startSummary.places).toEqual([{ accountId: "222233334444", region: "us-east-1", launchCount: 3 }]);
  expect(startSummary.excluded.map(({ hostname, reason }) => [hostname, reason])).toEqual([
    ["db-1", "None."],
  ]);
  expect(startSummary.needsAcceptDegraded).toBe(true);
  expect(startSummary.approvals).toEqual([{ waveNumber: 2, waveName: "Web", byAnother: true }]);
});

it("shows the worst servers first, and filters by verdict and cause", () => {
  const names = (readiness: string, code: string) =>
    shownServers(SERVERS, { readiness, code }).map(({ hostname }) => hostname);
  expect(names("", "")).toEqual(["db-1", "db-2", "app-1", "web-1"]);
  expect(names("DEGRADED", "")).toEqual(["db-2", "app-1"]);
  expect(names("", "NO_RECOVERY_POINT")).toEqual(["db-1"]);
  expect(names("READY", "LAG_OVER_RPO")).toEqual([]);
});

it("does not rely on a check that is five minutes old, or of another version", () => {
  const result = resultOf(ANSWER, PLAN);
  const at = Date.parse(ANSWER.checkedAt);
  expect(isFresh(result, 7, at + 299_000)).toBe(true);
  expect(isFresh(result, 7, at + 300_000)).toBe(false);
  expect(isFresh(result, 8, at)).toBe(false);
});

it("names a finding in words, also one that it does not know", () => {
  expect(titleOf("NO_RECOVERY_POINT")).toBe("No recovery point");
  expect(titleOf("DISK_ON_FIRE")).toBe("Disk on fire");
  expect(titleOf("toString")).toBe("Tostring");
});
