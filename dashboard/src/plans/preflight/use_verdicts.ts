import { useQuery } from "@tanstack/react-query";
import { read } from "../../api/client";
import type { ApiFailure } from "../../api/failure";
import type { Schemas } from "../../api/schemas";
import { keyOf } from "../../live/use_read";
import type { Verdict } from "./check";

const PATH = "/recovery-plans/{planId}/preflight/servers";
const MOST_PAGES = 20;

/** The verdicts of the result that was checked at this time, the worst first: the first 2,000. */
export function useVerdicts(
  planId: string,
  mode: Schemas["Mode"],
  checkedAt: string | undefined,
): readonly Verdict[] | undefined {
  return useQuery<Verdict[], ApiFailure>({
    queryKey: keyOf(PATH, { path: { planId }, query: { mode, checkedAt } }),
    enabled: checkedAt !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async ({ signal }) => {
      const verdicts: Verdict[] = [];
      let cursor = "";
      for (let page = 0; page < MOST_PAGES; page++) {
        const answer = await read(PATH, { path: { planId }, query: { mode, limit: 100, cursor } }, signal);
        verdicts.push(...answer.items);
        if (answer.nextCursor === null) break;
        cursor = answer.nextCursor;
      }
      return verdicts;
    },
  }).data;
}
