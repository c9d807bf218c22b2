import type { Schemas } from "../../api/schemas";

export type JobLog = Schemas["ExecutionJobLog"];
type LogLine = Schemas["JobLogLine"];

/** What the log of a job says about its end; the API does not pass on the state of a job. */
export function endOf({ lines }: JobLog): "ended" | "running" | "unknown" {
  if (lines.length === 0) return "unknown";
  return lines.some(({ event }) => event === "JOB_END" || event === "JOB_CANCEL") ? "ended" : "running";
}

export function serversOf({ lines }: JobLog): number {
  return new Set(lines.map(({ sourceServerId }) => sourceServerId).filter(Boolean)).size;
}

/** The lines in order; those without a time come last. */
export function inOrder(lines: readonly LogLine[]): LogLine[] {
  const time = ({ at }: LogLine) => (at === null ? Number.MAX_SAFE_INTEGER : Date.parse(at));
  return [...lines].sort((a, b) => time(a) - time(b));
}

export function failuresOf({ lines }: JobLog): number {
  return lines.filter(({ error, event }) => error !== "" || event.endsWith("_FAIL")).length;
}
