// Runs for tests: everything that a test does not name is as in a run that has just begun.
import type { Detail, Run, Wave } from "./run";

export const NONE = {
  notStarted: 0,
  launching: 0,
  launched: 0,
  validated: 0,
  failed: 0,
  excluded: 0,
  skipped: 0,
  terminated: 0,
};

export function aRun(facts: Partial<Run> = {}): Run {
  return {
    executionId: "exec-01J0000000000000000000000A",
    planId: "plan-01J0000000000000000000000A",
    planName: "Storefront",
    planVersion: 7,
    mode: "DRILL",
    status: "IN_PROGRESS",
    startedAt: "2026-11-26T02:14:00Z",
    endedAt: null,
    initiatedBy: "operator@example.com",
    reason: "",
    stopReason: "",
    outcomeReason: "",
    pauseReason: "",
    pausedAt: null,
    pauses: [],
    waveCount: 1,
    serverCount: 4,
    counts: { ...NONE, notStarted: 4 },
    termination: null,
    cleanupAt: null,
    waitingFor: null,
    approval: { twoPerson: false, timeoutMinutes: 60 },
    ...facts,
  } as Run;
}

export function aWave(waveNumber: number, facts: Partial<Wave> = {}): Wave {
  return {
    executionId: "exec-01J0000000000000000000000A",
    waveNumber,
    name: `Wave ${waveNumber}`,
    status: "NOT_STARTED",
    dependsOn: [],
    serverCount: 4,
    launchedCount: 0,
    failedCount: 0,
    counts: { ...NONE, notStarted: 4 },
    delaySeconds: 0,
    expectedSeconds: 600,
    startedAt: null,
    endedAt: null,
    readyAt: null,
    approvalRequired: false,
    approvedBy: "",
    approvalAskedAt: null,
    decisionSince: null,
    waitingFor: null,
    waiting: {},
    attempt: 1,
    attempts: [],
    outcomeReason: "",
    stepCount: 0,
    firstPerson: null,
    ...facts,
  } as Wave;
}

export function aDetail(waves: Wave[], facts: Partial<Run> = {}, more: Partial<Detail> = {}): Detail {
  return {
    execution: aRun({ waveCount: waves.length, ...facts }),
    waves,
    timing: { totalSeconds: null, criticalPath: [], criticalPathSeconds: 0, waves: [] },
    forecast: {
      ...{ madeAt: "2026-11-26T02:14:00Z", endAt: null, earliestAt: null, latestAt: null, criticalPath: [] },
      ...{ reason: "", plannedP50Seconds: null, plannedP90Seconds: null },
    },
    actions: [],
    ...more,
  };
}
