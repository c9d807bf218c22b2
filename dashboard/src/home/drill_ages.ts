// How old the last good drill of each plan is, against the plan's own target.
import type { Schemas } from "../api/schemas";
import { number } from "../format/numbers";
import type { Fact } from "../states/FactMark";

type PlanDrills = Schemas["PlanDrills"];

const DAY_MS = 86_400_000;
/** The scale ends at twice the target; what is older stands at its end. */
const SCALE_TARGETS = 2;

export interface DrillAge {
  planId: string;
  name: string;
  /** Whole days since the last good drill; null if there was none. */
  days: number | null;
  isOverdue: boolean;
  /** From 0 to 100: where the dot stands; null without a drill. */
  place: number | null;
}

export function overduePlans(plans: readonly PlanDrills[], now: number): PlanDrills[] {
  return plans.filter(({ overdueFrom }) => Date.parse(overdueFrom) < now);
}

export function drillAges(plans: readonly PlanDrills[], now: number): DrillAge[] {
  return plans.map(({ planId, name, lastDrillAt, overdueFrom, targetDays }) => {
    const days = lastDrillAt === null ? null : Math.max(0, (now - Date.parse(lastDrillAt)) / DAY_MS);
    return {
      planId,
      name,
      days: days === null ? null : Math.floor(days),
      isOverdue: Date.parse(overdueFrom) < now,
      place: days === null ? null : Math.min(100, (100 * days) / (SCALE_TARGETS * targetDays)),
    };
  });
}

/** "34 d", "120 d, overdue", "never": a plan without a drill is overdue from its creation plus the target on. */
export function ageInWords({ days, isOverdue }: DrillAge): Fact {
  const text = days === null ? "never" : `${number(days)} d`;
  if (isOverdue) return { family: "attention", glyph: "warning", text: `${text}, overdue` };
  return days === null
    ? { family: "inactive", glyph: "ring", text }
    : { family: "good", glyph: "check", text };
}

/** Where the target stands on the same scale. */
export const TARGET_PLACE = 100 / SCALE_TARGETS;
