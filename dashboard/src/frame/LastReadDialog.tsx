import { type LastRead, lastReadings } from "../live/connection";
import { Time } from "../parts/Time";
import { TopDialog } from "../parts/TopDialog";
import { useSecond } from "./Clock";

/** When each thing was last read, the newest first: what is shown is as old as that. */
export function LastReadDialog({ onClose }: { onClose: () => void }) {
  useSecond();
  return (
    <TopDialog title="When it was last read" onClose={onClose} closeText="Close">
      <ul className="last-read">
        {lastReadings().map((reading) => (
          <Reading key={reading.source} reading={reading} />
        ))}
      </ul>
      <p className="quiet">Each is read again by itself, as often as it may change, while a page shows it.</p>
    </TopDialog>
  );
}

function Reading({ reading: { source, at } }: { reading: LastRead }) {
  return (
    <li>
      <Time at={at} as="clock" withZone /> <code>{source}</code>
    </li>
  );
}
