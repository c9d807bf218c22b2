// What a check of a plan has found, as the pages show it.
import type { Schemas } from "../../api/schemas";
import { byName } from "../../format/names";

export type Readiness = Schemas["Readiness"];
export type Verdict = Schemas["ServerVerdict"];

export type Cause = Schemas["Cause"];
export type StartSummary = Schemas["StartSummary"];
export type CheckResult = Schemas["ShownResult"];

export const WORST_FIRST: readonly Readiness[] = ["BLOCKED", "DEGRADED", "READY"];

/** A start relies on no check that is older. */
export const FRESH_FOR_MS = 300_000;

/** Whether a result is young, of the current version, and of the data that is asked for (null: the newest). */
export function isFresh(result: CheckResult, pointInTime: string | null, now: number): boolean {
  const isSamePoint =
    pointInTime === null || result.pointInTime === null
      ? pointInTime === result.pointInTime
      : Date.parse(pointInTime) === Date.parse(result.pointInTime);
  return isSamePoint && !result.planChanged && now - Date.parse(result.checkedAt) < FRESH_FOR_MS;
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
    .sort((a, b) => rank(a) - rank(b) || a.waveNumber - b.waveNumber || byName(a.hostname, b.hostname));
}

const rank = (server: Verdict): number => WORST_FIRST.indexOf(server.readiness);
