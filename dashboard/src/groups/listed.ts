import type { Schemas } from "../api/schemas";

/**
 * A group as the list shows it. What stands beside its content is kept by the sync of the inventory: an API that does
 * not keep it yet leaves it out, and null is what has not been found out.
 */
export type ListedGroup = Schemas["ProtectionGroup"] & {
  servers?: {
    serverCount: number;
    readyCount: number;
    degradedCount: number;
    blockedCount: number;
    asOf: string;
  } | null;
  launchSettings?: Partial<Record<Schemas["LaunchStatus"], number>> | null;
  plans?: { planId: string; name: string }[] | null;
  runningExecutionId?: string;
};

/** Whether the API sends what stands beside groups, so that its columns have something to show. */
export function hasStanding(groups: readonly ListedGroup[]): boolean {
  return groups.some((group) => group.servers !== undefined);
}
