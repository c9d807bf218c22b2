import { useQuery } from "@tanstack/react-query";
import { type Answer, read } from "../api/client";
import type { ApiFailure } from "../api/failure";
import { keyOf, type ReadResult } from "../live/use_read";

export type Group = Answer<"/protection-groups">["items"][number];
export type Groups = ReadonlyMap<string, Group>;

const MOST_PAGES = 20;

/** All protection groups by id: plans name their groups by id only. */
export function useGroups(): ReadResult<Groups> {
  return useQuery<Groups, ApiFailure>({
    queryKey: keyOf("/protection-groups", { query: "all" }),
    queryFn: async ({ signal }) => {
      const groups = new Map<string, Group>();
      let cursor = "";
      for (let page = 0; page < MOST_PAGES; page++) {
        const answer = await read("/protection-groups", { query: { limit: 100, cursor } }, signal);
        for (const group of answer.items) groups.set(group.groupId, group);
        if (answer.nextCursor === null) break;
        cursor = answer.nextCursor;
      }
      return groups;
    },
  });
}

/** The name of a group, or its id as long as it is not known. */
export function groupName(groups: Groups | undefined, groupId: string): string {
  return groups?.get(groupId)?.name ?? groupId;
}

/** The accounts and Regions of these groups, each once, in order. */
export function placesOf(groups: Groups | undefined, groupIds: readonly string[]): string[] {
  const places = groupIds.flatMap((id) => {
    const group = groups?.get(id);
    return group === undefined ? [] : [`${group.accountId} ${group.region}`];
  });
  return [...new Set(places)].sort();
}
