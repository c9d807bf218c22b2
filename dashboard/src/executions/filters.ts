// Which executions are listed: filters in the URL, and what of them the API takes.
import type { Schemas } from "../api/schemas";
import type { EXECUTION } from "../states/marks";

export interface Filters {
  /** The id of a plan, by a link; people look for its name. */
  plan: string;
  /** The beginning of the plan's name, or of the execution's id. */
  q: string;
  mode: Schemas["Mode"] | "";
  status: keyof typeof EXECUTION | "";
  /** Who started it, as the API names them. */
  by: string;
  /** How many days back; 0 for all. */
  days: number;
  /** How many are shown at once. */
  size: number;
}

export const DAYS = [1, 7, 30, 90, 365, 0] as const;
export const SIZES = [25, 50, 100] as const;
const DEFAULT_DAYS = 30;
const DEFAULT_SIZE = 25;
const MODES = ["DRILL", "RECOVERY"] as const;

export function filtersOf(search: URLSearchParams, statuses: readonly string[]): Filters {
  const status = search.get("status") ?? "";
  const days = search.get("days");
  return {
    plan: search.get("plan") ?? "",
    q: (search.get("q") ?? "").trim().slice(0, 128),
    mode: MODES.find((mode) => mode === search.get("mode")) ?? "",
    status: statuses.includes(status) ? (status as Filters["status"]) : "",
    by: search.get("by") ?? "",
    days: DAYS.find((each) => days !== null && String(each) === days) ?? DEFAULT_DAYS,
    size: SIZES.find((each) => String(each) === search.get("size")) ?? DEFAULT_SIZE,
  };
}

const USUAL: Readonly<Record<string, unknown>> = { days: DEFAULT_DAYS, size: DEFAULT_SIZE };

/** The URL after a change; what is as usual is left out, and the page, which was one of the list before. */
export function withFilter(search: URLSearchParams, change: Partial<Filters>): URLSearchParams {
  const after = new URLSearchParams(search);
  for (const page of ["cursor", "page"]) after.delete(page);
  for (const [name, value] of Object.entries(change)) {
    if (value === "" || value === USUAL[name]) after.delete(name);
    else after.set(name, String(value));
  }
  return after;
}

const DAY_MS = 86_400_000;

/** The beginning of a day, so that the question stays the same while it is repeated; undefined for all days. */
export function startedAfter(days: number, now: number): string | undefined {
  return days === 0 ? undefined : new Date(Math.floor(now / DAY_MS) * DAY_MS - days * DAY_MS).toISOString();
}

/** What the API is asked for. */
export function queryOf({ plan, q, mode, status, by, days }: Filters, now: number) {
  return {
    planId: plan || undefined,
    q: q || undefined,
    mode: mode || undefined,
    status: status || undefined,
    initiatedBy: by || undefined,
    startedAfter: startedAfter(days, now),
  };
}

export function isDefault({ plan, q, mode, status, by, days }: Filters): boolean {
  return plan === "" && q === "" && mode === "" && status === "" && by === "" && days === DEFAULT_DAYS;
}
