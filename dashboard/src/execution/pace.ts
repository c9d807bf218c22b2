// How often a run is read again: quickly while something happens, and while the person waits for what they did.
import type { Pace } from "../live/pace";
import { type Detail, hasEnded, isTerminating, needsPerson } from "./run";

const AFTER_ACT_SECONDS = 30;

const JUST_ACTED: Pace = { visible: 2, hidden: 15 };
const RUNNING: Pace = { visible: 3, hidden: 60 };
const RUNNING_AND_WAITING: Pace = { visible: 3, hidden: 15 };
const WAITING: Pace = { visible: 5, hidden: 15 };
const TERMINATING: Pace = { visible: 5, hidden: null };
const JUST_ENDED: Pace = { visible: 10, hidden: null };
const OVER: Pace = { visible: null, hidden: null };
const SERVERS: Pace = { visible: 5, hidden: null };

/** `now` and `actedAt` in milliseconds; `actedAt` is when this person last did something to the run, or 0. */
export function paceOfRun(detail: Detail | undefined, now: number, actedAt: number): Pace {
  if (detail === undefined) return RUNNING;
  const { execution, waves } = detail;
  if (now - actedAt < 1_000 * AFTER_ACT_SECONDS) return JUST_ACTED;
  if (hasEnded(execution)) return paceAfterEnd(execution, now);
  const waits = waves.some(needsPerson);
  const works = waves.some(({ status }) => status === "EXECUTING" || status === "VALIDATING");
  if (execution.status === "PAUSED") return WAITING;
  if (!waits) return RUNNING;
  return works ? RUNNING_AND_WAITING : WAITING;
}

function paceAfterEnd(run: Detail["execution"], now: number): Pace {
  if (isTerminating(run)) return TERMINATING;
  const endedAt = Date.parse(run.endedAt ?? run.startedAt);
  return now - endedAt < 15_000 ? JUST_ENDED : OVER;
}

/** The servers of a run: only while they are shown, and not long after the end. */
export function paceOfServers({ execution }: Detail, now: number): Pace {
  if (!hasEnded(execution) || isTerminating(execution)) return SERVERS;
  return paceAfterEnd(execution, now).visible === null ? OVER : SERVERS;
}
