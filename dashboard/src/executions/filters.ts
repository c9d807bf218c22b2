// Which executions are listed: filters in the URL, and what of them the API takes.
import type { Schemas } from "../api/schemas";
import type { EXECUTION } from "../states/marks";

export interface Filters {
  plan: string;
  mode: Schemas["Mode"] | "";
  status: keyof typeof EXECUTION | "";
  /** Who started it, as the API names them. */
  by: string;
  /** How many days back; 0 for all. */
  days: number;
}

export const DAYS = [1, 7, 30, 90, 365, 0] as const;
const DEFAULT_DAYS = 30;
const MODES = ["DRILL", "RECOVERY"] as const;

export function filtersOf(search: URLSearchParams, statuses: readonly string[]): Filters {
  const status = search.get("status") ?? "";
  const days = search.get("days");
  return {
    plan: search.get("plan") ?? "",
    mode: MODES.find((mode) => mode === search.get("mode")) ?? "",
    status: statuses.includes(status) ? (status as Filters["status"]) : "",
    by: search.get("by") ?? "",
    days: DAYS.find((each) => days !== null && String(each) === days) ?? DEFAULT_DAYS,
  };
}

/** The URL after a change; what is as usual is left out. */
export function withFilter(search: URLSearchParams, change: Partial<Filters>): URLSearchParams {
  const after = new URLSearchParams(search);
  for (const [name, value] of Object.entries(change)) {
    if (value === "" || value === DEFAULT_DAYS) after.delete(name);
    else after.set(name, String(value));
  }
  return after;
}

/** What the API is asked for. The beginning is that of a day, so that the question stays the same while it is repeated. */
export function queryOf({ plan, mode, status, by, days }: Filters, now: number) {
  const day = 86_400_000;
  const after = days === 0 ? undefined : new Date(Math.floor(now / day) * day - days * day).toISOString();
  return {
    planId: plan || undefined,
    mode: mode || undefined,
    status: status || undefined,
    initiatedBy: by || undefined,
    startedAfter: after,
    limit: 25,
  };
}

export function isDefault({ plan, mode, status, by, days }: Filters): boolean {
  return plan === "" && mode === "" && status === "" && by === "" && days === DEFAULT_DAYS;
}
