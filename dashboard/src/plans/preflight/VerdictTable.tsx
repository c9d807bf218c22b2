import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import Pagination from "@cloudscape-design/components/pagination";
import { memo, useDeferredValue, useMemo, useState } from "react";
import { roughDuration, secondsBetween } from "../../format/durations";
import { counted, number } from "../../format/numbers";
import Table, { type TableProps } from "../../lists/Table";
import { serverNow } from "../../live/server_clock";
import { AppLink } from "../../parts/AppLink";
import { Time } from "../../parts/Time";
import { StateMark } from "../../states/StateMark";
import { shownServers, type Verdict } from "./check";

interface Props {
  servers: readonly Verdict[];
  notShown: number;
  readiness?: string;
  code?: string;
  clear?: () => void;
}

const PAGE = 25;

const COLUMNS: TableProps.ColumnDefinition<Verdict>[] = [
  {
    id: "server",
    header: "Server",
    isRowHeader: true,
    minWidth: 140,
    cell: ({ sourceServerId, hostname, impact }) => (
      <>
        <AppLink to={`/servers/${sourceServerId}`}>{hostname || sourceServerId}</AppLink>
        <div className="quiet">{impact}</div>
      </>
    ),
  },
  { id: "wave", header: "Wave", cell: ({ waveNumber }) => waveNumber },
  {
    id: "place",
    header: "Place",
    minWidth: 130,
    cell: ({ accountId, region }) => (
      <>
        {accountId}
        <div>{region}</div>
      </>
    ),
  },
  {
    id: "verdict",
    header: "Verdict",
    minWidth: 140,
    cell: ({ readiness }) => <StateMark kind="readiness" value={readiness} />,
  },
  { id: "point", header: "Recovery point", minWidth: 120, cell: (verdict) => <Point verdict={verdict} /> },
  {
    id: "why",
    header: "Reasons",
    minWidth: 380,
    cell: ({ findings }) =>
      findings.length === 0
        ? "–"
        : findings.map(({ code, reason }) => <div key={`${code} ${reason}`}>{reason}</div>),
  },
];

/** Each server with what a start would do with it, 25 a page; drawn again only when that changes. */
export const VerdictTable = memo(function VerdictTable(props: Props) {
  const { servers, notShown, readiness = "", code = "", clear } = props;
  const [page, setPage] = useState({ of: "", number: 1 });
  const shown = useMemo(() => shownServers(servers, { readiness, code }), [servers, readiness, code]);
  const pages = Math.max(1, Math.ceil(shown.length / PAGE));
  const filter = `${readiness} ${code}`;
  const current = page.of === filter ? Math.min(page.number, pages) : 1;
  // The number of the page answers at once; its rows may follow a little later.
  const drawn = useDeferredValue(current);
  const isFiltered = readiness !== "" || code !== "";
  return (
    <Table
      header={
        <Header
          counter={
            isFiltered
              ? `(${number(shown.length)} of ${number(servers.length)})`
              : `(${number(servers.length)})`
          }
          actions={isFiltered ? <Button onClick={() => clear?.()}>Clear the filter</Button> : undefined}
        >
          Servers
        </Header>
      }
      allItems={shown}
      items={shown.slice((drawn - 1) * PAGE, drawn * PAGE)}
      trackBy="sourceServerId"
      columnDefinitions={COLUMNS}
      wrapLines
      enableKeyboardNavigation
      ariaLabels={{ tableLabel: "Servers of the plan" }}
      empty={isFiltered ? "No server matches the filter." : "The plan has no servers now."}
      pagination={
        pages > 1 ? (
          <Pagination
            currentPageIndex={current}
            pagesCount={pages}
            onChange={({ detail }) => setPage({ of: filter, number: detail.currentPageIndex })}
          />
        ) : undefined
      }
      footer={
        notShown > 0 ? `${counted(notShown, "server")} more are counted and not shown here.` : undefined
      }
    />
  );
});

function Point({ verdict: { recoveryPointAt } }: { verdict: Verdict }) {
  if (recoveryPointAt === null) return <>newest</>;
  return (
    <>
      <Time at={recoveryPointAt} />
      <div className="quiet">{roughDuration(secondsBetween(recoveryPointAt, serverNow()))} old</div>
    </>
  );
}
