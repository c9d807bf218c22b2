import { expect, it } from "vitest";
import type { Schemas } from "../../api/schemas";
import { type CheckResult, isFresh, shownServers, type Verdict } from "./check";
import { titleOf } from "./codes";
import { progressOf } from "./progress";

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

function server(hostname: string, waveNumber: number, findings: Finding[] = []): Verdict {
  const readiness = findings.map((finding) => finding.readiness).sort()[0] ?? "READY";
  return {
    ...{ hostname, sourceServerId: `s-${hostname}`, waveNumber, findings, readiness, region: "us-east-1" },
    ...{ accountId: "222233334444", groupId: "pg-1", impact: "CRITICAL", existingInstances: [] },
    ...{ recoveryPointAt: null, recoveryPointId: "", pointSkewSeconds: null },
  };
}

const SERVERS = [
  server("web-1", 3),
  server("db-2", 1, [LAGS, LAGS]),
  server("db-1", 1, [NO_POINT]),
  server("app-1", 2, [LAGS]),
];

it("shows the worst servers first, and filters by verdict and cause", () => {
  const names = (readiness: string, code: string) =>
    shownServers(SERVERS, { readiness, code }).map(({ hostname }) => hostname);
  expect(names("", "")).toEqual(["db-1", "db-2", "app-1", "web-1"]);
  expect(names("DEGRADED", "")).toEqual(["db-2", "app-1"]);
  expect(names("", "NO_RECOVERY_POINT")).toEqual(["db-1"]);
  expect(names("READY", "LAG_OVER_RPO")).toEqual([]);
});

it("does not rely on a check that is five minutes old, of another version, or of other data", () => {
  const at = Date.parse("2026-11-26T02:00:00Z");
  const result = { checkedAt: "2026-11-26T02:00:00Z", planChanged: false, pointInTime: null } as CheckResult;
  expect(isFresh(result, null, at + 299_000)).toBe(true);
  expect(isFresh(result, null, at + 300_000)).toBe(false);
  expect(isFresh({ ...result, planChanged: true }, null, at)).toBe(false);
  expect(isFresh(result, "2026-11-26T01:00:00Z", at)).toBe(false);
  const ofMoment = { ...result, pointInTime: "2026-11-26T01:00:00+00:00" };
  expect(isFresh(ofMoment, "2026-11-26T01:00:00Z", at)).toBe(true);
  expect(isFresh(ofMoment, null, at)).toBe(false);
});

it("names a finding in words, also one that it does not know", () => {
  expect(titleOf("NO_RECOVERY_POINT")).toBe("No recovery point");
  expect(titleOf("DISK_ON_FIRE")).toBe("Disk on fire");
  expect(titleOf("toString")).toBe("Tostring");
});

it("says how far a check is in a place", () => {
  const place = {
    accountId: "222233334444",
    region: "us-east-1",
    checks: 40,
    checksDone: 12,
    problem: "Denied.",
  };
  expect(progressOf({ ...place, step: "CHECKING" })).toBe("12 of 40 checks done");
  expect(progressOf({ ...place, step: "CHECKING", checks: 0 })).toBe("is being checked");
  expect(progressOf({ ...place, step: "UNREAD" })).toBe("could not be read: Denied.");
});
