// The servers of a run: first their states in few large pages, then their details, then only what has changed.
import type { Schemas } from "../../api/schemas";

export type State = Schemas["ServerState"];
export type Details = Schemas["ServerRun"];
/** What is known of a server; its details come later than its state. */
export interface Row extends State {
  details: Details | null;
}

export interface Gathered {
  rows: ReadonlyMap<string, Row>;
  /** What is read next. */
  next:
    | { kind: "states"; cursor: string }
    | { kind: "details"; cursor: string }
    | { kind: "changes"; after: string };
  /** From when on changes are to be asked for. */
  after: string;
}

export const NOTHING: Gathered = {
  rows: new Map(),
  next: { kind: "states", cursor: "" },
  after: "",
};

export function withStates(before: Gathered, page: Schemas["ServerStatePage"]): Gathered {
  const rows = new Map(before.rows);
  for (const state of page.items) {
    const known = rows.get(state.sourceServerId);
    rows.set(state.sourceServerId, { ...state, details: known?.details ?? null });
  }
  const next =
    page.nextCursor === null
      ? ({ kind: "details", cursor: "" } as const)
      : ({ kind: "states", cursor: page.nextCursor } as const);
  return { rows, next, after: before.after || page.nextChangedAfter };
}

export function withDetails(before: Gathered, page: Schemas["ServerPage"]): Gathered {
  const next =
    page.nextCursor === null
      ? ({ kind: "changes", after: before.after } as const)
      : ({ kind: "details", cursor: page.nextCursor } as const);
  return { rows: merged(before.rows, page.items), next, after: before.after };
}

/** The same object if nothing has changed, so that nothing is drawn again. */
export function withChanges(before: Gathered, changed: readonly Details[], after: string): Gathered {
  const rows = merged(before.rows, changed);
  if (rows === before.rows && after === before.after) return before;
  return { rows, next: { kind: "changes", after }, after };
}

export function isComplete({ next }: Gathered): boolean {
  return next.kind === "changes";
}

function merged(rows: Gathered["rows"], changed: readonly Details[]): Gathered["rows"] {
  let after: Map<string, Row> | undefined;
  for (const details of changed) {
    const { sourceServerId, hostname, waveNumber, status } = details;
    if (!isNewer(details, (after ?? rows).get(sourceServerId)?.details ?? null)) continue;
    after ??= new Map(rows);
    after.set(sourceServerId, { sourceServerId, hostname, waveNumber, status, details });
  }
  return after ?? rows;
}

/** What is sent again because it may have been missed, or arrives late, changes nothing. */
function isNewer(details: Details, known: Details | null): boolean {
  return known === null || (details.changedAt ?? "") > (known.changedAt ?? "");
}
