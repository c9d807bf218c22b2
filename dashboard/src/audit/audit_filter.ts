import type { Schemas } from "../api/schemas";
import { oneOf } from "../lists/address";
import { MODES, VERDICTS } from "./entries";

/** What the audit log is filtered by. Its names are those of the URL and of the API. */
export interface AuditFilter {
  principal: string;
  invocationMode: string;
  day: string;
  operation: string;
  verdict: "" | Schemas["AuditVerdict"];
  resourceId: string;
  requestId: string;
  startedAfter: string;
  startedBefore: string;
}

export const NO_FILTER: Record<keyof AuditFilter, string> = {
  principal: "",
  invocationMode: "",
  day: "",
  operation: "",
  verdict: "",
  resourceId: "",
  requestId: "",
  startedAfter: "",
  startedBefore: "",
};

/** The filter as the query of a request. */
export function queryOf({ verdict, ...filter }: AuditFilter) {
  return { ...filter, ...(verdict === "" ? {} : { verdict }) };
}

const HALF_A_DAY = 43_200_000;

export function filterOf(params: URLSearchParams): AuditFilter {
  const moment = (name: string) => {
    const read = Date.parse(params.get(name) ?? "");
    return Number.isNaN(read) ? "" : new Date(read).toISOString();
  };
  const day = params.get("day") ?? "";
  return {
    principal: (params.get("principal") ?? "").trim().slice(0, 256),
    invocationMode: oneOf(params.get("invocationMode"), Object.keys(MODES)) ?? "",
    operation: /^[a-z_]{1,64}$/.test(params.get("operation") ?? "") ? (params.get("operation") ?? "") : "",
    verdict: oneOf(params.get("verdict"), Object.keys(VERDICTS) as Schemas["AuditVerdict"][]) ?? "",
    resourceId: (params.get("resourceId") ?? "").trim().slice(0, 128),
    requestId: (params.get("requestId") ?? "").trim().slice(0, 128),
    day: /^\d{4}-\d{2}-\d{2}$/.test(day) ? day : "",
    startedAfter: moment("startedAfter"),
    startedBefore: moment("startedBefore"),
  };
}

/** The night around a moment: from noon to noon. */
export function nightOf(at: string): { startedAfter: string; startedBefore: string } {
  const moment = Date.parse(at);
  const start = Math.floor((moment - HALF_A_DAY) / (2 * HALF_A_DAY)) * 2 * HALF_A_DAY + HALF_A_DAY;
  return {
    startedAfter: new Date(start).toISOString(),
    startedBefore: new Date(start + 2 * HALF_A_DAY).toISOString(),
  };
}

/** What one person did in the night of an entry: a link. */
export function nightLink(principal: string, at: string): string {
  return `/audit?${new URLSearchParams({ principal, ...nightOf(at) }).toString()}`;
}
