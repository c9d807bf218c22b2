import Button from "@cloudscape-design/components/button";
import Pagination from "@cloudscape-design/components/pagination";
import { memo, useDeferredValue, useEffect, useMemo, useState } from "react";
import { roughDuration, secondsBetween } from "../../format/durations";
import Table, { type TableProps } from "../../lists/Table";
import { Time } from "../../parts/Time";
import { rangeInWords } from "../../servers/expected_launch";
import { StateMark } from "../../states/StateMark";
import type { Details, Row } from "./gathered";
import { PhaseText } from "./PhaseText";
import { isAhead, sinceOf } from "./rows";
import { type Phases, usePhases } from "./use_phases";

interface Props {
  executionId: string;
  rows: readonly Row[];
  selected: string;
  onSelect: (server: string) => void;
  onClear: () => void;
  /** Whether the filter or the run is why there are none. */
  isFiltered: boolean;
}

const PAGE = 25;

const columnsOf = (
  onSelect: (server: string) => void,
  phases: Phases,
): TableProps.ColumnDefinition<Row>[] => [
  {
    id: "server",
    header: "Server",
    isRowHeader: true,
    minWidth: 130,
    cell: ({ hostname, sourceServerId }) => (
      <Button variant="inline-link" onClick={() => onSelect(sourceServerId)}>
        {hostname || sourceServerId}
      </Button>
    ),
  },
  { id: "wave", header: "Wave", cell: ({ waveNumber }) => waveNumber },
  {
    id: "state",
    header: "State",
    cell: ({ status, sourceServerId }) => (
      <>
        <StateMark kind="server" value={status} />
        <PhaseText phase={phases.get(sourceServerId)} />
      </>
    ),
  },
  {
    id: "since",
    header: "Since",
    cell: (row) => (
      <>
        <Moment at={sinceOf(row)} />
        <Expected row={row} />
      </>
    ),
  },
  {
    id: "place",
    header: "Account, Region",
    cell: ({ details }) => (details === null ? "…" : `${details.accountId} ${details.region}`),
  },
  { id: "instance", header: "Instance", cell: ({ details }) => details?.recoveryInstanceId || "–" },
  {
    id: "point",
    header: "Recovery point",
    cell: ({ details }) => (details === null ? "…" : <Point details={details} />),
  },
  {
    id: "error",
    header: "Reason",
    cell: ({ details }) => (
      <span className="cell-text">{details?.error || details?.terminationError || ""}</span>
    ),
  },
];

/** Drawn again only when its rows or what is selected change: a table of Cloudscape is slow. */
export const ServerTable = memo(function ServerTable(props: Props) {
  const { executionId, rows, selected, onSelect, onClear, isFiltered } = props;
  const [page, setPage] = useState(1);
  const pages = Math.max(1, Math.ceil(rows.length / PAGE));
  // Fewer rows may leave the page that was shown empty.
  useEffect(() => setPage((before) => Math.min(before, pages)), [pages]);
  // The number of the page answers at once; its rows may follow a little later.
  const drawn = useDeferredValue(page);
  const shown = rows.slice((drawn - 1) * PAGE, drawn * PAGE);
  const phases = usePhases(executionId, shown);
  const columns = useMemo(() => columnsOf(onSelect, phases), [onSelect, phases]);
  return (
    <Table
      variant="embedded"
      items={shown}
      trackBy="sourceServerId"
      columnDefinitions={columns}
      enableKeyboardNavigation
      wrapLines
      ariaLabels={{ tableLabel: "Servers of the execution" }}
      selectedItems={rows.filter(({ sourceServerId }) => sourceServerId === selected)}
      empty={
        isFiltered ? (
          <span>
            No server matches. <Button onClick={onClear}>Clear the filter</Button>
          </span>
        ) : (
          "This execution has no servers."
        )
      }
      pagination={
        pages > 1 ? (
          <Pagination
            currentPageIndex={page}
            pagesCount={pages}
            onChange={({ detail }) => setPage(detail.currentPageIndex)}
          />
        ) : undefined
      }
    />
  );
});

function Moment({ at }: { at: string | null }) {
  return at === null ? <>–</> : <Time at={at} as="clock" />;
}

/** How long the launch takes, as long as it is not over. */
function Expected({ row: { status, details } }: { row: Row }) {
  if (!isAhead(status) || details === null || details.expectedSeconds === null) return null;
  const { expectedSeconds, expectedP90Seconds } = details;
  return <div className="quiet">takes {rangeInWords(expectedSeconds, expectedP90Seconds)}</div>;
}

/** The point that was launched, and how old it was then. */
function Point({ details: { recoveryPointAt, startedAt } }: { details: Details }) {
  if (recoveryPointAt === null) return <>newest at launch</>;
  return (
    <>
      <Time at={recoveryPointAt} />
      {startedAt === null ? null : (
        <div className="quiet">
          {roughDuration(secondsBetween(recoveryPointAt, Date.parse(startedAt)))} old at launch
        </div>
      )}
    </>
  );
}
