import { Fragment, useSyncExternalStore } from "react";
import { bothZones, dateTime, type Moment, timeNear, timeOfDay, zoneName } from "../format/times";
import { serverNow } from "../live/server_clock";
import { printing } from "../print/printing";
import { zone } from "../settings/preferences";

interface Props {
  at: Moment;
  /** `full`: 2026-11-26 02:14:07. `clock`: 02:14:07. `near`: 02:14, or with the day when it is another one. */
  as?: "full" | "clock" | "near";
  /** Also say the zone. */
  withZone?: boolean;
}

/** A moment in the zone that the reader has chosen; both zones are in its tooltip. */
export function Time({ at, as = "full", withZone = false }: Props) {
  const chosen = useSyncExternalStore(zone.follow, zone.get);
  // Paper is read elsewhere: there every time has its zone.
  const hasZone = useSyncExternalStore(printing.follow, printing.get) || withZone;
  const shown = { full: dateTime, clock: timeOfDay }[as as "full" | "clock"];
  // A date may stand above its time, and neither is broken at its hyphens or colons.
  const text = as === "near" ? timeNear(at, serverNow(), chosen) : shown(at, chosen);
  return (
    <time dateTime={new Date(at).toISOString()} title={bothZones(at)} className="figures">
      {`${text}${hasZone ? ` ${zoneName(at, chosen)}` : ""}`.split(" ").map((part, index) => (
        <Fragment key={part}>
          {index > 0 ? " " : ""}
          <span className="whole">{part}</span>
        </Fragment>
      ))}
    </time>
  );
}
