// Notices of the desktop: only for what waits for the person at this browser.
import { needOf } from "../home/decisions";
import type { Decision } from "../home/use_dashboard";

export interface News {
  /** What waits for this person now: shown once, and again when it waits once more. */
  waiting: ReadonlySet<string>;
  toTell: readonly Decision[];
}

/** Before anything was read, what waits is on the screen already, and gets no notice. */
export function newsOf(before: ReadonlySet<string> | undefined, decisions: readonly Decision[]): News {
  const mine = decisions.filter(({ allowed }) => allowed);
  return {
    waiting: new Set(mine.map(keyOfDecision)),
    toTell: before === undefined ? [] : mine.filter((each) => !before.has(keyOfDecision(each))),
  };
}

export function keyOfDecision({ executionId, waveNumber, kind, since }: Decision): string {
  return `${executionId} ${waveNumber} ${kind} ${since}`;
}

export function noticeOf(decision: Decision): { title: string; body: string } {
  return {
    title: `${decision.mode} of ${decision.planName} waits for you`,
    body: `Wave ${decision.waveNumber} ${decision.waveName} ${needOf(decision)}.`,
  };
}
