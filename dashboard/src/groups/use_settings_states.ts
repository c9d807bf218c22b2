import { useQuery } from "@tanstack/react-query";
import type { Schemas } from "../api/schemas";
import { readAll } from "../lists/read_all";
import { keyOf } from "../live/use_read";

const PATH = "/protection-groups/{groupId}/launch-settings";

/** How far the launch settings of each server of the group have got; undefined until that was read. */
export function useSettingsStates(
  groupId: string,
): ReadonlyMap<string, Schemas["ServerLaunchSettings"]> | undefined {
  const { data } = useQuery({
    queryKey: [...keyOf(PATH, { path: { groupId } }), "states"],
    queryFn: ({ signal }) => readAll(PATH, { path: { groupId }, query: { limit: 100 } }, { signal }),
    staleTime: 60_000,
    select: (servers) => new Map(servers.map((server) => [server.sourceServerId, server])),
  });
  return data;
}
