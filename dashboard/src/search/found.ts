// What the search has found, as rows of a list: in which words, where each leads, and which one a key reaches.
import type { Schemas } from "../api/schemas";

export type Found = Schemas["Found"];
export type FoundType = Schemas["FoundType"];

export interface Row {
  id: string;
  type: FoundType;
  title: string;
  to: string;
  /** What was found by the typed text where that is not the title: an address, an id. */
  matched: string;
  found: Found;
}

export interface Group {
  type: FoundType;
  title: string;
  rows: Row[];
  /** There are more than are shown. */
  more: boolean;
  /** Why things of this type could not be looked up. */
  problem: string;
}

const TITLES: Record<FoundType, string> = {
  PLAN: "Plans",
  GROUP: "Protection groups",
  EXECUTION: "Executions",
  SERVER: "Servers",
};

const PATHS: Record<FoundType, string> = {
  PLAN: "/plans/",
  GROUP: "/groups/",
  EXECUTION: "/executions/",
  SERVER: "/servers/",
};

/** The shortest text that is looked for: one letter begins the name of half of the estate. */
export const SHORTEST = 2;

/** The types in the API's order; those of which nothing was found and nothing went wrong are left out. */
export function groupsOf({ results }: Schemas["SearchResult"]): Group[] {
  return results
    .map(({ type, items, more, problem }) => ({
      type,
      title: TITLES[type] ?? type,
      rows: items.map((found) => rowOf(type, found)),
      more,
      problem,
    }))
    .filter(({ rows, problem }) => rows.length > 0 || problem !== "");
}

function rowOf(type: FoundType, found: Found): Row {
  const { id, title, matched } = found;
  const isTitle = matched === "" || matched.toLocaleLowerCase("en") === title.toLocaleLowerCase("en");
  return {
    id: `${type} ${id}`,
    type,
    title,
    to: `${PATHS[type] ?? "/"}${encodeURIComponent(id)}`,
    matched: isTitle ? "" : matched,
    found,
  };
}

/** The mode of an execution, which the API's sentence begins with; undefined where it does not. */
export function modeOf({ standing }: Pick<Found, "standing">): Schemas["Mode"] | undefined {
  return (["DRILL", "RECOVERY"] as const).find((mode) => standing.startsWith(`${mode} `));
}

/** The row that an arrow key reaches from another: from none to the first or the last, and around the ends. */
export function moved(at: number, count: number, by: 1 | -1): number {
  if (count === 0) return -1;
  if (at < 0) return by === 1 ? 0 : count - 1;
  return (at + by + count) % count;
}

/** "5 found", for those who hear the page; with what could not be looked up. */
export function foundInWords(groups: readonly Group[]): string {
  const count = groups.reduce((sum, { rows }) => sum + rows.length, 0);
  const more = groups.some((group) => group.more) ? " and more" : "";
  const failed = groups
    .filter(({ problem }) => problem !== "")
    .map(({ title }) => title.toLocaleLowerCase("en"));
  const missing = failed.length === 0 ? "" : `; ${failed.join(" and ")} could not be looked up`;
  return `${count === 0 ? "Nothing" : `${count}${more}`} found${missing}`;
}

/** The id of a row, by which the field points at it. */
export const optionId = (listId: string, index: number): string => `${listId}-${index}`;
