import type { Schemas } from "../api/schemas";

export type Detail = Schemas["ExecutionDetail"];
export type Run = Schemas["LiveExecution"];
export type Wave = Schemas["LiveWave"];
export type Offer = Schemas["OfferedAction"];
export type Mode = Schemas["Mode"];
export type ServerStatus = Schemas["ServerRunStatus"];

const ENDED: ReadonlySet<Schemas["ExecutionStatus"]> = new Set([
  "COMPLETED",
  "PARTIAL",
  "FAILED",
  "CANCELLED",
  "TIMED_OUT",
]);

const ENDED_WAVES: ReadonlySet<Schemas["WaveStatus"]> = new Set([
  "COMPLETED",
  "FAILED",
  "TIMED_OUT",
  "SKIPPED",
  "CANCELLED",
]);

export function hasEnded(run: Pick<Run, "status">): boolean {
  return ENDED.has(run.status);
}

export function isWaveOver(wave: Pick<Wave, "status">): boolean {
  return ENDED_WAVES.has(wave.status);
}

/** Whether instances of it are being terminated. */
export function isTerminating(run: Pick<Run, "termination">): boolean {
  return run.termination != null && run.termination.endedAt === null;
}

/** Whether the wave waits for a person. */
export function needsPerson(wave: Wave): boolean {
  return (wave.status === "AWAITING_APPROVAL" && !wave.approvedBy) || wave.status === "AWAITING_DECISION";
}

/** Servers whose launch has ended well, by the counts; null if they were not counted. */
export function launchedOf(counts: Schemas["ServerCounts"] | null): number | null {
  return counts === null ? null : counts.launched + counts.validated;
}

export function waveTitle(wave: Pick<Wave, "waveNumber" | "name">): string {
  return `${wave.waveNumber} ${wave.name}`;
}
