// What a check of a plan has found, as the pages show it.
import type { Schemas } from "../../api/schemas";

export type Readiness = Schemas["Readiness"];
export type Verdict = Schemas["ServerVerdict"];

/** What servers have in common that do not launch as planned. `servers` are the first of `count`. */
export interface Cause {
  readiness: Readiness;
  code: string;
  count: number;
  reason: string;
  remedy: string;
  servers: readonly { sourceServerId: string; hostname: string; waveNumber: number }[];
}

/** What a start would do. `excluded` names as many servers as fit; null is not known. */
export interface StartSummary {
  waveCount: number;
  serverCount: number;
  launchCount: number;
  olderDataCount: number;
  places: readonly { accountId: string; region: string; launchCount: number }[];
  excludedCount: number;
  excluded: readonly {
    sourceServerId: string;
    hostname: string;
    waveNumber: number;
    impact: Schemas["Impact"];
    reason: string;
  }[];
  needsAcceptDegraded: boolean;
  preempts: readonly { executionId: string; planName: string; serverCount: number }[] | null;
  approvals: readonly { waveNumber: number; waveName: string; byAnother: boolean }[];
  expectedSeconds: number | null;
  rtoMinutes: number | null;
  existingInstances: Readonly<Partial<Record<Schemas["InstanceMode"], number>>>;
}

/** The result of a check. `tookSeconds` is null where the API does not say it. */
export interface CheckResult {
  planVersion: number;
  mode: Schemas["Mode"];
  pointInTime: string | null;
  checkedAt: string;
  tookSeconds: number | null;
  wouldStart: boolean;
  statement: string;
  readyCount: number;
  degradedCount: number;
  blockedCount: number;
  notCheckedCount: number;
  pointSkewSeconds: number | null;
  findings: readonly Schemas["Finding"][];
  causes: readonly Cause[];
  startSummary: StartSummary;
}

export const WORST_FIRST: readonly Readiness[] = ["BLOCKED", "DEGRADED", "READY"];

/** A start relies on no check that is older. */
export const FRESH_FOR_MS = 300_000;

export function isFresh(result: CheckResult, planVersion: number, now: number): boolean {
  return result.planVersion === planVersion && now - Date.parse(result.checkedAt) < FRESH_FOR_MS;
}

export function countOf(result: CheckResult, readiness: Readiness): number {
  return { READY: result.readyCount, DEGRADED: result.degradedCount, BLOCKED: result.blockedCount }[
    readiness
  ];
}

interface Filter {
  readiness: string;
  code: string;
}

/** The servers that a filter leaves, the worst first, else in the order of waves. */
export function shownServers(servers: readonly Verdict[], { readiness, code }: Filter): Verdict[] {
  return servers
    .filter((server) => readiness === "" || server.readiness === readiness)
    .filter((server) => code === "" || server.findings.some((finding) => finding.code === code))
    .sort(
      (a, b) =>
        rank(a) - rank(b) || a.waveNumber - b.waveNumber || a.hostname.localeCompare(b.hostname, "en"),
    );
}

const rank = (server: Verdict): number => WORST_FIRST.indexOf(server.readiness);
