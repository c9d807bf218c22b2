// Every state of the API as glyph, word and colour: translated here, once. The compiler demands every value.
import type { Schemas } from "../api/schemas";
import { type Mark, mark, unknownMark } from "./families";

type Marks<Values extends string> = Readonly<Record<Values, Mark>>;

export const EXECUTION: Marks<Schemas["ExecutionStatus"]> = {
  CREATED: mark("Starting", "working", "arc"),
  IN_PROGRESS: mark("Running", "working", "arc"),
  PAUSED: mark("Paused", "attention", "bars"),
  CANCELLING: mark("Cancelling", "attention", "arc"),
  COMPLETED: mark("Completed", "good", "check"),
  PARTIAL: mark("Partly recovered", "attention", "half"),
  FAILED: mark("Failed", "failed", "cross"),
  TIMED_OUT: mark("Timed out", "failed", "hourglass"),
  CANCELLED: mark("Cancelled", "inactive", "dash"),
};

export const WAVE: Marks<Schemas["WaveStatus"]> = {
  NOT_STARTED: mark("Not started", "inactive", "ring"),
  AWAITING_APPROVAL: mark("Needs approval", "attention", "warning"),
  QUEUED: mark("Queued", "working", "hollow-arc"),
  EXECUTING: mark("Launching", "working", "arc"),
  VALIDATING: mark("Checking", "working", "arc-check"),
  COMPLETED: mark("Completed", "good", "check"),
  AWAITING_DECISION: mark("Needs decision", "attention", "warning"),
  FAILED: mark("Failed", "failed", "cross"),
  TIMED_OUT: mark("Timed out", "failed", "hourglass"),
  SKIPPED: mark("Skipped", "inactive", "dash"),
  CANCELLED: mark("Will not start", "inactive", "dash"),
};

export const SERVER_IN_RUN: Marks<Schemas["ServerStatus"]> = {
  NOT_STARTED: mark("Not started", "inactive", "ring"),
  LAUNCHING: mark("Launching", "working", "arc"),
  // Blue and not green: nothing has proved it yet.
  LAUNCHED: mark("Launched, not checked yet", "working", "check"),
  VALIDATED: mark("Checked", "good", "check"),
  FAILED: mark("Failed", "failed", "cross"),
  EXCLUDED: mark("Left out", "attention", "dash"),
  SKIPPED: mark("Skipped", "inactive", "dash"),
  TERMINATED: mark("Terminated", "inactive", "struck-square"),
};

export const READINESS: Marks<Schemas["Readiness"]> = {
  READY: mark("Ready", "good", "check"),
  DEGRADED: mark("Ready with a fallback", "attention", "warning"),
  BLOCKED: mark("Cannot launch", "failed", "cross"),
};

export const REPLICATION: Marks<Schemas["ReplicationState"]> = {
  CONTINUOUS: mark("Up to date", "good", "check"),
  INITIAL_SYNC: mark("First copy", "working", "arc"),
  INITIATING: mark("First copy begins", "working", "arc"),
  RESCAN: mark("Comparing disks", "working", "arc"),
  CREATING_SNAPSHOT: mark("Making a snapshot", "working", "arc"),
  BACKLOG: mark("Behind", "attention", "warning"),
  PAUSED: mark("Paused", "attention", "bars"),
  STALLED: mark("Stalled", "failed", "cross"),
  DISCONNECTED: mark("Disconnected", "failed", "cross"),
  STOPPED: mark("Stopped", "inactive", "dash"),
};

export const LAUNCH_SETTINGS: Marks<Schemas["LaunchStatus"]> = {
  NOT_CONFIGURED: mark("Not set", "inactive", "ring"),
  PENDING: mark("To be applied", "working", "arc"),
  APPLIED: mark("Applied", "good", "check"),
  DRIFTED: mark("Changed outside", "attention", "warning"),
  FAILED: mark("Not applied", "failed", "cross"),
};

export const CAPACITY: Marks<Schemas["Level"]> = {
  OK: mark("Enough", "good", "check"),
  INFO: mark("Filling", "inactive", "info"),
  WARNING: mark("Nearly full", "attention", "warning"),
  CRITICAL: mark("Full", "failed", "cross"),
};

export const SYNC: Marks<Schemas["SyncOutcome"]> = {
  RUNNING: mark("Running", "working", "arc"),
  COMPLETED: mark("Done", "good", "check"),
  PARTIAL: mark("Partly done", "attention", "warning"),
  FAILED: mark("Failed", "failed", "cross"),
  SKIPPED: mark("Not needed", "inactive", "dash"),
  DIED: mark("Broke off", "failed", "cross"),
};

export const STEP: Marks<Schemas["StepStatus"]> = {
  RUNNING: mark("Running", "working", "arc"),
  SUCCEEDED: mark("Passed", "good", "check"),
  FAILED: mark("Failed", "failed", "cross"),
  SKIPPED: mark("Skipped", "inactive", "dash"),
  TIMED_OUT: mark("Timed out", "failed", "hourglass"),
};

export const REGION: Marks<Schemas["RegionState"]> = {
  ACTIVE: mark("On", "good", "check"),
  NOT_INITIALIZED: mark("DRS is off", "inactive", "ring"),
  REGION_NOT_ENABLED: mark("Region not enabled", "inactive", "dash"),
  ACCESS_DENIED: mark("Access denied", "failed", "cross"),
  DENIED_BY_POLICY: mark("Denied by a policy of the organization", "failed", "cross"),
  ROLE_NOT_ASSUMABLE: mark("Role cannot be assumed", "failed", "cross"),
  THROTTLED: mark("Throttled", "attention", "warning"),
  UNREACHABLE: mark("Unreachable", "failed", "cross"),
  FAILED: mark("Failed", "failed", "cross"),
};

export const SUBSCRIPTION: Marks<Schemas["SubscriptionState"]> = {
  CONFIRMED: mark("Confirmed", "good", "check"),
  PENDING_CONFIRMATION: mark("Not confirmed yet", "attention", "warning"),
  NOT_SUBSCRIBED: mark("Not subscribed", "inactive", "ring"),
  FAILED: mark("Failed", "failed", "cross"),
  UNKNOWN: mark("Not known", "unknown", "question"),
};

const KINDS = {
  execution: EXECUTION,
  wave: WAVE,
  server: SERVER_IN_RUN,
  readiness: READINESS,
  replication: REPLICATION,
  launchSettings: LAUNCH_SETTINGS,
  capacity: CAPACITY,
  sync: SYNC,
  step: STEP,
  region: REGION,
  subscription: SUBSCRIPTION,
};

export type Kind = keyof typeof KINDS;

/** The mark of a value; a value that is not known here is shown as it is, and as unknown. */
export function markOf(kind: Kind, value: string): Mark {
  const marks: Readonly<Record<string, Mark>> = KINDS[kind];
  return Object.hasOwn(marks, value) ? (marks[value] ?? unknownMark(value)) : unknownMark(value);
}
