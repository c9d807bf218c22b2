import CollectionPreferences from "@cloudscape-design/components/collection-preferences";
import { useState } from "react";
import { Nothing, NothingMatches } from "../lists/Nothing";
import { PageTurner } from "../lists/PageTurner";
import Table, { type TableProps } from "../lists/Table";
import { useAddress } from "../lists/use_address";
import { useCursors } from "../lists/use_cursors";
import { useRead } from "../live/use_read";
import { AppButton } from "../parts/AppButton";
import { AppLink } from "../parts/AppLink";
import { Loaded } from "../parts/Loaded";
import { Time } from "../parts/Time";
import { AccountName } from "../places/AccountName";
import { StateMark } from "../states/StateMark";
import {
  type FleetCounts,
  type FleetFilter,
  type FleetServer,
  isFiltered,
  NO_FILTER,
  queryOf,
} from "./fleet_filter";
import { lagInWords, lastLaunchInWords } from "./server_words";
import { Tags } from "./Tags";

const PAGE_SIZES = [25, 50, 100];

const COLUMNS: TableProps.ColumnDefinition<FleetServer>[] = [
  {
    id: "hostname",
    minWidth: 120,

    header: "Host name",
    isRowHeader: true,
    cell: (server) => <AppLink to={`/servers/${server.sourceServerId}`}>{server.hostname}</AppLink>,
  },
  {
    id: "id",

    header: "Source server",
    cell: (server) => <span className="figures">{server.sourceServerId}</span>,
  },
  {
    id: "account",

    header: "Account",
    cell: (server) => <AccountName accountId={server.accountId} />,
  },
  { id: "region", header: "Region", cell: (server) => <span className="whole">{server.region}</span> },
  {
    id: "replication",

    header: "Replication",
    cell: (server) => (
      <StateMark kind="replication" value={server.replicationState}>
        <span className="quiet">{lagInWords(server.lagSeconds)}</span>
      </StateMark>
    ),
  },
  {
    id: "point",

    header: "Recovery point",
    cell: (server) => (server.hasRecoveryPoint ? "Yes" : "None"),
  },
  {
    id: "readiness",

    header: "Readiness",
    cell: (server) => <StateMark kind="readiness" value={server.readiness} />,
  },
  {
    id: "groups",

    header: "Group",
    cell: (server) =>
      server.groups.length === 0
        ? "–"
        : server.groups.map(({ groupId, name }) => (
            <div key={groupId}>
              <AppLink to={`/groups/${groupId}`}>{name}</AppLink>
            </div>
          )),
  },
  {
    id: "launch",

    header: "Last launch",
    cell: (server) => (
      <>
        {lastLaunchInWords(server.lastLaunchMode, server.lastLaunchResult)}
        {server.lastLaunchAt === null ? null : (
          <div className="quiet">
            <Time at={server.lastLaunchAt} />
          </div>
        )}
      </>
    ),
  },
  { id: "tags", header: "Tags", cell: (server) => <Tags tags={server.tags} /> },
  { id: "seen", header: "Seen", cell: (server) => <Time at={server.seenAt} /> },
];

const AT_FIRST = ["hostname", "account", "region", "replication", "point", "readiness", "groups", "launch"];

interface Props {
  filter: FleetFilter;
  count: string | undefined;
  /** Places that could not be read: what is shown of them is old. */
  failed: FleetCounts["places"];
}

export function FleetTable({ filter, count, failed }: Props) {
  const [params, choose] = useAddress();
  const limit = PAGE_SIZES.find((size) => String(size) === params.get("size")) ?? 50;
  const [columns, setColumns] = useState<readonly string[]>(AT_FIRST);
  const query = { ...queryOf(filter), limit };
  const { cursor, index, turn } = useCursors(JSON.stringify(query));
  const servers = useRead(
    "/drs/source-servers",
    { query: { ...query, ...(cursor === "" ? {} : { cursor }) } },
    { keepPrevious: true },
  );
  const isOld = (server: FleetServer) =>
    failed.some(({ accountId, region }) => accountId === server.accountId && region === server.region);
  return (
    <Loaded result={servers} what="The servers">
      {(page) => (
        <Table
          items={page.items}
          trackBy="sourceServerId"
          columnDefinitions={COLUMNS.map((column) => ({
            ...column,
            cell: (server: FleetServer) =>
              isOld(server) ? <span className="old">{column.cell(server)}</span> : column.cell(server),
          }))}
          columnDisplay={COLUMNS.map(({ id = "" }) => ({ id, visible: columns.includes(id) }))}
          enableKeyboardNavigation
          wrapLines
          variant="container"
          contentDensity="compact"
          ariaLabels={{ tableLabel: count === undefined ? "Source servers" : `Source servers: ${count}` }}
          pagination={<PageTurner index={index} nextCursor={page.nextCursor} turn={turn} />}
          preferences={
            <CollectionPreferences
              title="Table"
              confirmLabel="Use"
              cancelLabel="Leave as it is"
              preferences={{ pageSize: limit, visibleContent: columns }}
              pageSizePreference={{
                title: "Servers on a page",
                options: PAGE_SIZES.map((value) => ({ value, label: `${value} servers` })),
              }}
              visibleContentPreference={{
                title: "Columns",
                options: [
                  {
                    label: "Columns",
                    options: COLUMNS.map(({ id = "", header }) => ({
                      id,
                      label: String(header),
                      editable: id !== "hostname",
                    })),
                  },
                ],
              }}
              onConfirm={({ detail }) => {
                setColumns(detail.visibleContent ?? AT_FIRST);
                choose({ size: detail.pageSize === 50 ? "" : String(detail.pageSize ?? "") });
              }}
            />
          }
          empty={
            isFiltered(filter) ? (
              <NothingMatches what="server" clear={() => choose(NO_FILTER)} />
            ) : (
              <Nothing next={<AppButton to="/accounts">Accounts</AppButton>}>
                No source server is known. The inventory is read from the accounts that are registered.
              </Nothing>
            )
          }
        />
      )}
    </Loaded>
  );
}
