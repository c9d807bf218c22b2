// From which data the servers are launched.

import { counted } from "../../format/numbers";
import type { Zone } from "../../format/times";
import { LATEST } from "../preflight/use_check";

export type DataKind = "newest" | "moment" | "points";

export interface Data {
  kind: DataKind;
  /** YYYY-MM-DD and HH:MM, in the zone in which the page shows times. */
  date: string;
  time: string;
  /** Chosen recovery points by server; servers that are missing get their newest one. */
  points: Readonly<Record<string, string>>;
}

export const NEWEST: Data = { kind: "newest", date: "", time: "00:00", points: {} };

const DATE = /^\d{4}-\d{2}-\d{2}$/;
const TIME = /^([01]\d|2[0-3]):[0-5]\d$/;

/** The moment as the API takes it; undefined as long as it is not complete. */
export function momentOf({ date, time }: Pick<Data, "date" | "time">, zone: Zone): string | undefined {
  if (!DATE.test(date) || !TIME.test(time)) return undefined;
  const moment = new Date(`${date}T${time}:00${zone === "utc" ? "Z" : ""}`);
  return Number.isNaN(moment.getTime()) ? undefined : moment.toISOString().replace(".000Z", "Z");
}

/** Why nothing can be started from this data; empty if it can. */
export function problemOf(data: Data, zone: Zone, now: number): string {
  if (data.kind === "moment") {
    const moment = momentOf(data, zone);
    if (moment === undefined) return "Choose the date and the time of the data.";
    if (Date.parse(moment) > now) return "The moment of the data is in the future.";
  }
  if (data.kind === "points" && Object.keys(data.points).length === 0) {
    return "Choose a recovery point of at least one server, or launch the newest data.";
  }
  return "";
}

/** The moment that the preflight is asked for. */
export function checkedMoment(data: Data, zone: Zone): string {
  return (data.kind === "moment" ? momentOf(data, zone) : undefined) ?? LATEST;
}

/** The fields of the request. */
export function fieldsOf(
  data: Data,
  zone: Zone,
): { pointInTime: string; recoveryPoints: Record<string, string> } {
  return {
    pointInTime: checkedMoment(data, zone),
    recoveryPoints: data.kind === "points" ? { ...data.points } : {},
  };
}

/** "newest", a moment, or how many points were chosen. */
export function inWords(data: Data, zone: Zone): string {
  if (data.kind === "moment") return `not newer than ${momentOf(data, zone) ?? "a moment"}`;
  if (data.kind === "points")
    return `${counted(Object.keys(data.points).length, "chosen point")}, else the newest`;
  return "the newest of each server";
}

/** The servers whose host name or id has the text in it, in the order in which they are given. */
export function serversFound<T extends { hostname: string; sourceServerId: string }>(
  servers: readonly T[],
  text: string,
): T[] {
  const words = text.trim().toLowerCase();
  return servers.filter(({ hostname, sourceServerId }) =>
    `${hostname} ${sourceServerId}`.toLowerCase().includes(words),
  );
}
