import type { Schemas } from "../api/schemas";
import { oneOf } from "../lists/address";
import { READINESS, REPLICATION } from "../states/marks";

export type FleetServer = Schemas["FleetServer"];
export type FleetCounts = Schemas["FleetCounts"];

/** What the list of servers is filtered by; empty means not at all. Its names are those of the URL and of the API. */
export interface FleetFilter {
  accountId: string;
  region: string;
  groupId: string;
  replicationState: string;
  readiness: "" | Schemas["Readiness"];
  q: string;
  sort: Schemas["ServerSort"];
}

const READINESS_VALUES = Object.keys(READINESS) as Schemas["Readiness"][];

/** The filter of a URL. What the API would refuse counts as not given, so that no link leads to an error. */
export function filterOf(params: URLSearchParams): FleetFilter {
  const text = (name: string, pattern: RegExp) => {
    const value = params.get(name) ?? "";
    return pattern.test(value) ? value : "";
  };
  return {
    accountId: text("accountId", /^[0-9]{12}$/),
    region: text("region", /^[a-z0-9-]{1,128}$/),
    groupId: text("groupId", /^pg-[0-9A-HJKMNP-TV-Z]{26}$/),
    replicationState: oneOf(params.get("replicationState"), Object.keys(REPLICATION)) ?? "",
    readiness: oneOf(params.get("readiness"), READINESS_VALUES) ?? "",
    q: (params.get("q") ?? "").trim().slice(0, 256),
    sort: oneOf(params.get("sort"), ["LAG", "HOST_NAME"] as const) ?? "HOST_NAME",
  };
}

/** The filter as the query of a request. */
export function queryOf({ readiness, ...filter }: FleetFilter) {
  return { ...filter, ...(readiness === "" ? {} : { readiness }) };
}

export function isFiltered({ sort: _, ...filter }: FleetFilter): boolean {
  return Object.values(filter).some((value) => value !== "");
}

export const NO_FILTER: Record<Exclude<keyof FleetFilter, "sort">, string> = {
  accountId: "",
  region: "",
  groupId: "",
  replicationState: "",
  readiness: "",
  q: "",
};

/** How many servers match, where the stored counts tell; undefined where only reading them all would. */
export function matchingCount(counts: FleetCounts | undefined, filter: FleetFilter): number | undefined {
  if (counts === undefined || filter.q !== "" || filter.groupId !== "") return undefined;
  if (filter.replicationState !== "" && filter.readiness !== "") return undefined;
  if (filter.replicationState !== "") return counts.replication[filter.replicationState] ?? 0;
  if (filter.readiness !== "") return counts.readiness[filter.readiness] ?? 0;
  return counts.serverCount;
}

/** Places whose last read failed, with the sentence of why. */
export function failedPlaces(counts: FleetCounts): FleetCounts["places"] {
  return counts.places.filter(({ problem }) => problem !== "");
}
