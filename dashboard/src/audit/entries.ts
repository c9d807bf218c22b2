// Entries of the audit log in words.
import type { Schemas } from "../api/schemas";
import type { CsvColumn } from "../lists/csv";

export type Entry = Schemas["AuditLine"];

export interface Who {
  name: string;
  /** By a signature, and not only by what the caller says. */
  isVerified: boolean;
  kind: string;
}

const KINDS: Record<string, string> = {
  USER: "person",
  IAM: "IAM identity",
  SERVICE: "service",
  ANONYMOUS: "not signed in",
};

/** Who made the call, as far as the entry says. */
export function whoOf({ principal }: Pick<Entry, "principal">): Who {
  const text = (value: unknown) => (typeof value === "string" ? value : "");
  return {
    name: text(principal["name"]) || "not known",
    isVerified: principal["verified"] === true,
    kind: KINDS[text(principal["type"])] ?? text(principal["type"]),
  };
}

export interface Judged {
  isAllowed: boolean;
  reason: string;
}

export function verdictOf({ verdict }: Pick<Entry, "verdict">): Judged {
  const reason = verdict["reason"];
  return { isAllowed: verdict["allowed"] === true, reason: typeof reason === "string" ? reason : "" };
}

/** "start_execution" → "Start execution" */
export function operationInWords(operation: string): string {
  const words = operation.replace(/^handle_/, "").replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** What came of it. A status of 0 is a call that did not end. */
export function resultInWords({ statusCode, errorCode }: Pick<Entry, "statusCode" | "errorCode">): string {
  if (statusCode === 0) return "has not ended";
  if (errorCode !== "") return `${errorCode} (${statusCode})`;
  return statusCode < 400 ? "done" : String(statusCode);
}

const PAGES: Record<string, (id: string) => string> = {
  planId: (id) => `/plans/${id}`,
  groupId: (id) => `/groups/${id}`,
  executionId: (id) => `/executions/${id}`,
  serverId: (id) => `/servers/${id}`,
  sourceServerId: (id) => `/servers/${id}`,
  accountId: (id) => `/accounts/${id}`,
};

export interface Resource {
  kind: string;
  id: string;
  /** The page of it; empty where it has none. */
  to: string;
}

/** "planId=plan-01J…" as what it is. */
export function resourceOf(text: string): Resource {
  const [kind = "", ...rest] = text.split("=");
  const id = rest.join("=");
  const page = Object.hasOwn(PAGES, kind) && id !== "" ? PAGES[kind] : undefined;
  return {
    kind: kind.replace(/Id$/, ""),
    id: id || text,
    to: page === undefined ? "" : page(encodeURIComponent(id)),
  };
}

export const VERDICTS: Record<Schemas["AuditVerdict"], string> = { ALLOWED: "allowed", REFUSED: "refused" };

export const MODES: Record<Schemas["InvocationMode"], string> = {
  API_GATEWAY: "REST",
  DIRECT_LAMBDA: "direct",
  EVENTBRIDGE: "schedule",
  STEP_FUNCTIONS: "workflow",
};

/** The parameters, set out for reading; as they are where they are no JSON. */
export function readable(parameters: string): string {
  try {
    return JSON.stringify(JSON.parse(parameters), null, 2);
  } catch {
    return parameters;
  }
}

export const AUDIT_COLUMNS: readonly CsvColumn<Entry>[] = [
  { name: "time", value: ({ at }) => at },
  { name: "who", value: (entry) => whoOf(entry).name },
  { name: "verified", value: (entry) => (whoOf(entry).isVerified ? "verified" : "declared") },
  { name: "operation", value: ({ operation }) => operation },
  { name: "on", value: ({ resourceIds }) => resourceIds.join("; ") },
  { name: "verdict", value: (entry) => (verdictOf(entry).isAllowed ? "allowed" : "refused") },
  { name: "reason", value: (entry) => verdictOf(entry).reason },
  { name: "status", value: ({ statusCode }) => statusCode },
  { name: "error", value: ({ errorCode }) => errorCode },
  { name: "from", value: ({ sourceIp }) => sourceIp },
  { name: "mode", value: ({ invocationMode }) => invocationMode },
  { name: "milliseconds", value: ({ durationMs }) => durationMs },
  { name: "parameters", value: ({ parameters }) => parameters },
  { name: "request", value: ({ requestId }) => requestId },
  { name: "entry", value: ({ entryId }) => entryId },
];
