import type { Schemas } from "../api/schemas";
import { counted, number } from "../format/numbers";

type Counts = Schemas["ServerCounts"];
type Status = Schemas["ServerStatus"];

/** From done to failed: the order of the parts of a bar. */
export const COUNT_ORDER: readonly Status[] = [
  "VALIDATED",
  "LAUNCHED",
  "LAUNCHING",
  "NOT_STARTED",
  "SKIPPED",
  "EXCLUDED",
  "TERMINATED",
  "FAILED",
];

const FIELD_OF: Record<Status, keyof Counts> = {
  VALIDATED: "validated",
  LAUNCHED: "launched",
  LAUNCHING: "launching",
  NOT_STARTED: "notStarted",
  SKIPPED: "skipped",
  EXCLUDED: "excluded",
  TERMINATED: "terminated",
  FAILED: "failed",
};

/** The states that servers are in, with their numbers. */
export function partsOf(counts: Counts): { status: Status; count: number }[] {
  return COUNT_ORDER.map((status) => ({ status, count: counts[FIELD_OF[status]] })).filter(
    ({ count }) => count > 0,
  );
}

/** "15 of 28 servers launched · 2 failed": also those that were terminated since had launched. */
export function countsInWords(counts: Counts, total: number): string {
  const { launched, validated, terminated, failed } = counts;
  return [
    `${number(launched + validated + terminated)} of ${counted(total, "server")} launched`,
    `${number(failed)} failed`,
    terminated > 0 ? `${number(terminated)} terminated since` : "",
  ]
    .filter(Boolean)
    .join(" · ");
}
