import { type Mark, mark, unknownMark } from "../../states/families";

const STATES: Readonly<Record<string, Mark>> = {
  PENDING: mark("Starting", "working", "arc"),
  RUNNING: mark("Running", "good", "check"),
  STOPPING: mark("Stopping", "working", "arc"),
  STOPPED: mark("Stopped", "inactive", "bars"),
  "SHUTTING-DOWN": mark("Being terminated", "working", "arc"),
  SHUTTING_DOWN: mark("Being terminated", "working", "arc"),
  TERMINATED: mark("Terminated", "inactive", "struck-square"),
  NOT_FOUND: mark("Not found in EC2", "attention", "warning"),
  UNKNOWN: mark("Not known", "unknown", "question"),
};

/** EC2's states are passed on as they are; one that is not known here is shown so. */
export function instanceMark(state: string): Mark {
  return Object.hasOwn(STATES, state) ? (STATES[state] ?? unknownMark(state)) : unknownMark(state);
}
