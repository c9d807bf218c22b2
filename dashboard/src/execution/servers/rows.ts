// Which servers are shown, and in which order: what needs attention first.
import { byName } from "../../format/names";
import type { Selection } from "../selection";
import { STATES } from "../selection";
import type { Row } from "./gathered";

type Filter = Pick<Selection, "wave" | "state" | "account" | "region" | "text">;

export function filtered(rows: Iterable<Row>, filter: Filter): Row[] {
  const text = filter.text.trim().toLowerCase();
  return [...rows].filter(
    (row) =>
      (filter.wave === null || row.waveNumber === filter.wave) &&
      (filter.state === "" || row.status === filter.state) &&
      (filter.account === "" || row.details?.accountId === filter.account) &&
      (filter.region === "" || row.details?.region === filter.region) &&
      (text === "" || textOf(row).includes(text)),
  );
}

/** Failed, left out, the longest launching, then the rest; by name within. */
export function byUrgency(rows: readonly Row[]): Row[] {
  return [...rows].sort(
    (a, b) =>
      STATES.indexOf(a.status) - STATES.indexOf(b.status) ||
      longest(a, b) ||
      a.waveNumber - b.waveNumber ||
      byName(a.hostname, b.hostname),
  );
}

/** The places of the servers, for the filters. */
export function placesOf(rows: Iterable<Row>): { accounts: string[]; regions: string[] } {
  const accounts = new Set<string>();
  const regions = new Set<string>();
  for (const { details } of rows) {
    if (details === null) continue;
    accounts.add(details.accountId);
    regions.add(details.region);
  }
  return { accounts: [...accounts].sort(), regions: [...regions].sort() };
}

/** Since when the server is in its state; null if that is not known. */
export function sinceOf({ details, status }: Row): string | null {
  if (details === null) return null;
  return status === "LAUNCHING" ? (details.startedAt ?? details.changedAt) : details.changedAt;
}

/** Whether its launch is still to come or to end. */
export function isAhead(status: Row["status"]): boolean {
  return status === "NOT_STARTED" || status === "LAUNCHING";
}

function longest(a: Row, b: Row): number {
  if (a.status !== "LAUNCHING") return 0;
  const began = ({ details }: Row) =>
    details?.startedAt == null ? Number.MAX_SAFE_INTEGER : Date.parse(details.startedAt);
  return began(a) - began(b);
}

function textOf({ hostname, sourceServerId, details }: Row): string {
  return `${hostname} ${sourceServerId} ${details?.recoveryInstanceId ?? ""} ${details?.error ?? ""}`.toLowerCase();
}
