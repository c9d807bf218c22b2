import { useQuery } from "@tanstack/react-query";
import { read } from "../../api/client";
import type { ApiFailure } from "../../api/failure";
import type { Schemas } from "../../api/schemas";
import { keyOf, type ReadResult } from "../../live/use_read";

const PATH = "/recovery-plans/{planId}/versions";
const MOST_PAGES = 10;

/** The versions of a plan, newest first: the last 1,000. */
export function useVersions({
  planId,
  version,
}: Schemas["PlanDetail"]): ReadResult<Schemas["RecoveryPlan"][]> {
  return useQuery<Schemas["RecoveryPlan"][], ApiFailure>({
    queryKey: keyOf(PATH, { path: { planId }, query: { upTo: version } }),
    queryFn: async ({ signal }) => {
      const versions: Schemas["RecoveryPlan"][] = [];
      let cursor = "";
      for (let page = 0; page < MOST_PAGES; page++) {
        const answer = await read(PATH, { path: { planId }, query: { limit: 100, cursor } }, signal);
        versions.push(...answer.items);
        if (answer.nextCursor === null) break;
        cursor = answer.nextCursor;
      }
      return versions;
    },
  });
}
