// Whether the API answers, for the header and the banner.
import { serverNow } from "./server_clock";
import { Store } from "./store";

export type ConnectionPhase = "starting" | "live" | "reconnecting" | "lost";

export interface Connection {
  phase: ConnectionPhase;
  /** When the last answer arrived, whatever it said; 0 before the first. */
  lastAnswerAt: number;
  /** When the first request failed that no answer has followed yet; 0 while it is live. */
  failingSince: number;
  failures: number;
}

const LOST_AFTER_MS = 10_000;
/** Twice the time after which an answer counts as overdue. */
const OVERDUE_LOST_AFTER_MS = 8_000;
export const OVERDUE_MS = 4_000;

export const connection = new Store<Connection>({
  phase: "starting",
  lastAnswerAt: 0,
  failingSince: 0,
  failures: 0,
});

export interface LastRead {
  /** "/executions/exec-01J…/servers": without what it was asked for. */
  source: string;
  at: number;
}

const MOST_READINGS = 30;
const lastRead = new Map<string, number>();

/** When each source was last read, the newest first: the list behind the connection state. */
export function lastReadings(): LastRead[] {
  return [...lastRead].map(([source, at]) => ({ source, at })).reverse();
}

export function answerArrived(url: string): void {
  const now = serverNow();
  const source = url.replace(/^.*\/api(?=\/)/, "").replace(/\?.*$/, "");
  lastRead.delete(source);
  lastRead.set(source, now);
  for (const oldest of [...lastRead.keys()].slice(0, -MOST_READINGS)) lastRead.delete(oldest);
  connection.set({ phase: "live", lastAnswerAt: now, failingSince: 0, failures: 0 });
}

export function answerMissing(): void {
  connection.set(afterFailure(connection.get(), serverNow()));
}

/** Nobody waits for the time limit of a call to learn that nothing arrives any more. */
export function answerOverdue(askedAt: number): void {
  connection.set(whenOverdue(connection.get(), askedAt, serverNow()));
}

/** Nothing has changed while other answers arrive, or before the first one, which may have to start everything. */
export function whenOverdue(before: Connection, askedAt: number, now: number): Connection {
  if (before.phase === "starting" || before.lastAnswerAt >= askedAt) return before;
  const failingSince = before.failingSince || askedAt;
  const isLost = before.phase === "lost" || now - failingSince >= OVERDUE_LOST_AFTER_MS;
  return { ...before, failingSince, phase: isLost ? "lost" : "reconnecting" };
}

/** One failure may be chance: the connection counts as lost after the second, or after ten seconds. */
export function afterFailure(before: Connection, now: number): Connection {
  const failingSince = before.failingSince || now;
  const failures = before.failures + 1;
  const isLost = failures >= 2 || now - failingSince >= LOST_AFTER_MS;
  return { ...before, failures, failingSince, phase: isLost ? "lost" : "reconnecting" };
}
