// The list of plans: which rows are shown, in which order. What is not known is last in every order.
import type { Schemas } from "../../api/schemas";
import { isOpen } from "../runs";

type Summary = Schemas["PlanSummary"];
type Drills = Schemas["PlanDrills"];

export interface Row {
  summary: Summary;
  /** Undefined: the figures of the drills do not have this plan. */
  drills: Drills | undefined;
}

export const SORTS = ["name", "owner", "waves", "rto", "lastRun", "lastDrill", "nextDrill"] as const;
export type Sort = (typeof SORTS)[number];

export function rowsOf(summaries: readonly Summary[], drills: readonly Drills[]): Row[] {
  const byPlan = new Map(drills.map((each) => [each.planId, each]));
  return summaries.map((summary) => ({ summary, drills: byPlan.get(summary.plan.planId) }));
}

export function isOverdue(row: Row, now: number): boolean {
  return row.drills !== undefined && Date.parse(row.drills.overdueFrom) <= now;
}

export const isRunning = (row: Row): boolean => isOpen(row.summary.lastExecution);

const KEYS: Record<Sort, (row: Row) => string | number | null> = {
  name: ({ summary }) => summary.plan.name.toLocaleLowerCase("en"),
  owner: ({ summary }) => summary.plan.owner.toLocaleLowerCase("en") || null,
  waves: ({ summary }) => summary.plan.waves.length,
  rto: ({ summary }) => summary.plan.rtoMinutes,
  lastRun: ({ summary }) => summary.lastExecution?.startedAt ?? null,
  lastDrill: ({ drills }) => drills?.lastDrillAt ?? null,
  nextDrill: ({ summary }) => summary.plan.nextDrillAt,
};

/** By one column, and by name where that is equal. */
export function sorted(rows: readonly Row[], by: Sort, descending: boolean): Row[] {
  const key = KEYS[by];
  const direction = descending ? -1 : 1;
  const isKnown = (row: Row) => key(row) !== null;
  const known = rows.filter(isKnown);
  const byKey = (a: Row, b: Row) => direction * compare(key(a), key(b)) || byName(a, b);
  return [...known.sort(byKey), ...rows.filter((row) => !isKnown(row)).sort(byName)];
}

const byName = (a: Row, b: Row): number => compare(KEYS.name(a), KEYS.name(b));

function compare(a: string | number | null, b: string | number | null): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a).localeCompare(String(b), "en");
}
