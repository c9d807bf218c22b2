import { number } from "../format/numbers";
import { useAddress } from "../lists/use_address";
import type { ReadResult } from "../live/use_read";
import { Loaded } from "../parts/Loaded";
import type { Kind } from "../states/marks";
import { READINESS, REPLICATION } from "../states/marks";
import { StateMark } from "../states/StateMark";
import type { FleetCounts, FleetFilter } from "./fleet_filter";

interface Props {
  counts: ReadResult<FleetCounts>;
  filter: FleetFilter;
}

/** How many servers are in which state; a click filters by it, a second one no longer. */
export function FleetFacets({ counts, filter }: Props) {
  return (
    <Loaded result={counts} what="The counts">
      {(data) => (
        <div className="facets">
          <Facets
            kind="replication"
            name="replicationState"
            counts={data.replication}
            order={Object.keys(REPLICATION)}
            chosen={filter.replicationState}
          />
          <Facets
            kind="readiness"
            name="readiness"
            counts={data.readiness}
            order={Object.keys(READINESS)}
            chosen={filter.readiness}
          />
        </div>
      )}
    </Loaded>
  );
}

interface FacetsProps {
  kind: Kind;
  name: string;
  counts: Record<string, number>;
  order: readonly string[];
  chosen: string;
}

function Facets({ kind, name, counts, order, chosen }: FacetsProps) {
  const [, choose] = useAddress();
  const shown = [...order, ...Object.keys(counts).filter((value) => !order.includes(value))].filter(
    (value) => (counts[value] ?? 0) > 0 || value === chosen,
  );
  return (
    <>
      {shown.map((value) => (
        <button
          key={value}
          type="button"
          className="facet"
          aria-pressed={value === chosen}
          onClick={() => choose({ [name]: value === chosen ? "" : value })}
        >
          <StateMark kind={kind} value={value} />
          <span className="figures">{number(counts[value] ?? 0)}</span>
        </button>
      ))}
    </>
  );
}
