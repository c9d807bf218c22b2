// The preflight as the API answers it, as a check: its findings by cause, and what a start would do.
import type { Schemas } from "../../api/schemas";
import { type Cause, type CheckResult, type StartSummary, type Verdict, WORST_FIRST } from "./check";

type Answer = Schemas["PlanPreflight"];
type Plan = Schemas["RecoveryPlan"];

const SERVERS_NAMED = 20;
const OLDER_DATA = new Set(["OLDER_DATA", "LAG_OVER_RPO", "LAG_UNKNOWN"]);
const NOT_CHECKED = /NOT_CHECKED$/;

export function resultOf(answer: Answer, plan: Plan): CheckResult {
  return {
    ...answer,
    tookSeconds: null,
    notCheckedCount: answer.servers.filter(({ findings }) =>
      findings.some(({ code }) => NOT_CHECKED.test(code)),
    ).length,
    causes: causesOf(answer.servers),
    startSummary: summaryOf(answer, plan),
  };
}

/** The findings of all servers by code and readiness, the worst first, then those of most servers. */
export function causesOf(servers: readonly Verdict[]): Cause[] {
  const causes = new Map<string, Cause & { affected: Map<string, Cause["servers"][number]> }>();
  for (const server of servers) {
    for (const { readiness, code, reason, remedy } of server.findings) {
      const key = `${readiness} ${code}`;
      const cause = causes.get(key) ?? {
        ...{ readiness, code, count: 0, reason, remedy, servers: [] },
        affected: new Map(),
      };
      cause.affected.set(server.sourceServerId, server);
      causes.set(key, cause);
    }
  }
  return [...causes.values()]
    .map(({ affected, ...cause }) => ({
      ...cause,
      count: affected.size,
      servers: [...affected.values()].slice(0, SERVERS_NAMED),
    }))
    .sort(
      (a, b) =>
        WORST_FIRST.indexOf(a.readiness) - WORST_FIRST.indexOf(b.readiness) ||
        b.count - a.count ||
        a.code.localeCompare(b.code, "en"),
    );
}

function summaryOf(answer: Answer, plan: Plan): StartSummary {
  const launching = answer.servers.filter(({ readiness }) => readiness !== "BLOCKED");
  const blocked = answer.servers.filter(({ readiness }) => readiness === "BLOCKED");
  const launchCount = answer.readyCount + answer.degradedCount;
  const byAnother = answer.mode === "RECOVERY" && plan.approval.twoPerson;
  return {
    waveCount: plan.waves.length,
    serverCount: launchCount + answer.blockedCount,
    launchCount,
    olderDataCount: launching.filter(({ findings }) => findings.some(({ code }) => OLDER_DATA.has(code)))
      .length,
    places: placesOf(launching),
    excludedCount: answer.blockedCount,
    excluded: blocked.map((server) => ({
      ...server,
      reason: server.findings.find(({ readiness }) => readiness === "BLOCKED")?.reason ?? "",
    })),
    needsAcceptDegraded: !answer.wouldStart && launchCount > 0 && answer.blockedCount > 0,
    preempts: answer.mode === "DRILL" ? [] : null,
    approvals: plan.waves
      .filter(({ approvalRequired }) => approvalRequired)
      .map(({ number, name }) => ({ waveNumber: number, waveName: name, byAnother })),
    expectedSeconds: null,
    rtoMinutes: plan.rtoMinutes,
    existingInstances: instancesOf(answer.servers),
  };
}

function placesOf(launching: readonly Verdict[]): StartSummary["places"] {
  const places = new Map<string, StartSummary["places"][number]>();
  for (const { accountId, region } of launching) {
    const key = `${accountId} ${region}`;
    places.set(key, { accountId, region, launchCount: (places.get(key)?.launchCount ?? 0) + 1 });
  }
  return [...places.entries()].sort(([a], [b]) => a.localeCompare(b, "en")).map(([, place]) => place);
}

function instancesOf(servers: readonly Verdict[]): StartSummary["existingInstances"] {
  const counts: Partial<Record<Schemas["InstanceMode"], number>> = {};
  for (const { mode } of servers.flatMap(({ existingInstances }) => existingInstances)) {
    counts[mode] = (counts[mode] ?? 0) + 1;
  }
  return counts;
}
