import { useQuery } from "@tanstack/react-query";
import type { ApiFailure } from "../api/failure";
import type { Schemas } from "../api/schemas";
import { readAll } from "../lists/read_all";

/** The plans with a wave of this group. */
export function useUsingPlans(groupId: string) {
  return useQuery<Schemas["PlanSummary"][], ApiFailure>({
    queryKey: ["plans that use a group", groupId],
    queryFn: async ({ signal }) => {
      const plans: Schemas["PlanSummary"][] = await readAll(
        "/recovery-plans",
        { query: { limit: 100 } },
        { signal },
      );
      return plans.filter(({ plan }) => plan.waves.some((wave) => wave.protectionGroupIds.includes(groupId)));
    },
    refetchInterval: 60_000,
  });
}
