// The order of plans in the list. What is not known is last in every order.
import type { Schemas } from "../../api/schemas";

export type Row = Schemas["PlanSummary"];

export const SORTS = [
  "name",
  "owner",
  "places",
  "servers",
  "rto",
  "lastRun",
  "lastDrill",
  "nextDrill",
] as const;
export type Sort = (typeof SORTS)[number];

export const isRunning = (row: Row): boolean => row.runningExecutionId !== "";

/** "222233334444 us-east-1"; undefined as long as it was not found out. */
export function placesOf({ places }: Row): string[] | undefined {
  return places?.map(({ accountId, region }) => `${accountId} ${region}`);
}

/** Whether the last good run was within the target; null without a target or a good run. */
export function rtoMet(rtoMinutes: number | null, lastRtoSeconds: number | null): boolean | null {
  return rtoMinutes === null || lastRtoSeconds === null ? null : lastRtoSeconds <= 60 * rtoMinutes;
}

const KEYS: Record<Sort, (row: Row) => string | number | null> = {
  name: ({ plan }) => plan.name.toLocaleLowerCase("en"),
  owner: ({ plan }) => plan.owner.toLocaleLowerCase("en") || null,
  places: (row) => placesOf(row)?.join() ?? null,
  servers: ({ servers }) => servers?.serverCount ?? null,
  rto: ({ plan }) => plan.rtoMinutes,
  lastRun: ({ lastExecution }) => lastExecution?.startedAt ?? null,
  lastDrill: ({ lastDrillAt }) => lastDrillAt,
  nextDrill: ({ plan }) => plan.nextDrillAt,
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
