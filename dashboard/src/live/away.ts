// While the API cannot be reached: why nothing can be sent.
import { useSyncExternalStore } from "react";
import { timeOfDay, type Zone, zoneName } from "../format/times";
import { zone } from "../settings/preferences";
import { type Connection, connection } from "./connection";

/** Empty while the API answers, or may be about to: one failure disables nothing. */
export function whyNotSent({ phase, failingSince }: Connection, shownIn: Zone): string {
  if (phase !== "lost") return "";
  return `No connection since ${timeOfDay(failingSince, shownIn)} ${zoneName(failingSince, shownIn)}: nothing can be sent until it is back.`;
}

/** Why nothing can be sent now; empty if something can. */
export function useAway(): string {
  const now = useSyncExternalStore(connection.follow, connection.get);
  return whyNotSent(now, useSyncExternalStore(zone.follow, zone.get));
}
