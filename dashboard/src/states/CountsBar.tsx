import type { Schemas } from "../api/schemas";
import { counted } from "../format/numbers";
import { countsInWords, partsOf } from "./counts";
import { SERVER_IN_RUN } from "./marks";

interface Props {
  counts: Schemas["ServerCounts"] | null;
  total: number;
}

/** The servers of a run by state, as a bar and in words. */
export function CountsBar({ counts, total }: Props) {
  if (counts === null) return <span className="quiet">{counted(total, "server")}, not counted yet</span>;
  const parts = partsOf(counts);
  return (
    <div className="counts">
      <div className="counts-bar" aria-hidden="true">
        {parts.map(({ status, count }) => (
          <span
            key={status}
            className={`counts-part counts-${SERVER_IN_RUN[status].family} counts-${status.toLowerCase()}`}
            style={{ flexGrow: count }}
          />
        ))}
      </div>
      <span className="quiet">{countsInWords(counts, total)}</span>
    </div>
  );
}
