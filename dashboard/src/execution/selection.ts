// What is looked at: one selection for all views of a run, and all of it in the URL.
import type { Schemas } from "../api/schemas";

export const VIEWS = [
  "graph",
  "times",
  "servers",
  "timeline",
  "jobs",
  "checks",
  "instances",
  "report",
] as const;
export type View = (typeof VIEWS)[number];

export const STATES = [
  "FAILED",
  "EXCLUDED",
  "LAUNCHING",
  "NOT_STARTED",
  "LAUNCHED",
  "VALIDATED",
  "SKIPPED",
  "TERMINATED",
] as const satisfies readonly Schemas["ServerRunStatus"][];

export interface Selection {
  view: View;
  wave: number | null;
  server: string;
  state: Schemas["ServerRunStatus"] | "";
  account: string;
  region: string;
  text: string;
  /** Of the timeline: one kind of line, and only what people did. */
  kind: string;
  people: boolean;
  /** The DRS job whose log is shown. */
  job: string;
  /** The graph as a list; null: whichever fits the screen. */
  list: boolean | null;
  /** The dialog that a link asks for; it does nothing by itself. */
  act: string;
}

export function selectionOf(search: URLSearchParams): Selection {
  const text = (name: string) => search.get(name) ?? "";
  return {
    view: VIEWS.find((view) => view === search.get("view")) ?? "graph",
    wave: waveOf(search.get("wave")),
    server: text("server"),
    state: STATES.find((state) => state === search.get("state")) ?? "",
    account: text("account"),
    region: text("region"),
    text: text("q"),
    kind: text("kind"),
    people: text("people") === "true",
    job: text("job"),
    list: text("list") === "" ? null : text("list") === "true",
    act: text("do"),
  };
}

const NAMES: Record<keyof Selection, string> = {
  view: "view",
  wave: "wave",
  server: "server",
  state: "state",
  account: "account",
  region: "region",
  text: "q",
  kind: "kind",
  people: "people",
  job: "job",
  list: "list",
  act: "do",
};

/** The URL after a change; what is empty is left out, and what others have put into it stays. */
export function changed(search: URLSearchParams, change: Partial<Selection>): URLSearchParams {
  const after = new URLSearchParams(search);
  for (const [field, value] of Object.entries(change) as [keyof Selection, unknown][]) {
    const isDefault =
      value === "" ||
      value === null ||
      (field === "view" && value === "graph") ||
      (field === "people" && value === false);
    if (isDefault) after.delete(NAMES[field]);
    else after.set(NAMES[field], String(value));
  }
  return after;
}

/** Whether servers are filtered. */
export function isFiltered({ wave, state, account, region, text }: Selection): boolean {
  return wave !== null || state !== "" || account !== "" || region !== "" || text !== "";
}

export const NO_FILTER: Partial<Selection> = { wave: null, state: "", account: "", region: "", text: "" };

function waveOf(text: string | null): number | null {
  return text !== null && /^[1-9]\d{0,3}$/.test(text) ? Number(text) : null;
}
