import { roughDuration, secondsBetween } from "../format/durations";
import { serverNow } from "../live/server_clock";
import type { ReadResult } from "../live/use_read";
import { Time } from "../parts/Time";
import { AccountName } from "../places/AccountName";
import { GlyphIcon } from "../states/GlyphIcon";
import { markOf } from "../states/marks";
import { type FleetCounts, failedPlaces } from "./fleet_filter";

/** How old the inventory is, and which places could not be read. */
export function InventoryAge({ counts }: { counts: ReadResult<FleetCounts> }) {
  const data = counts.data;
  if (data === undefined) return null;
  const failed = failedPlaces(data);
  return (
    <>
      {data.asOf === null ? (
        "Inventory: never read."
      ) : (
        <>
          Inventory: as of <Time at={data.asOf} withZone />,{" "}
          {roughDuration(secondsBetween(data.asOf, serverNow()))} old or younger.
        </>
      )}
      {failed.map((place) => (
        <span key={`${place.accountId} ${place.region}`} className="mark mark-attention">
          <GlyphIcon glyph="warning" />
          <span>
            <AccountName accountId={place.accountId} /> {place.region}:{" "}
            {place.state === null ? "" : `${markOf("region", place.state).word}. `}
            {place.problem}
          </span>
        </span>
      ))}
    </>
  );
}
