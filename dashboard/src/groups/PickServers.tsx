import { useCollection } from "@cloudscape-design/collection-hooks";
import Pagination from "@cloudscape-design/components/pagination";
import TextFilter from "@cloudscape-design/components/text-filter";
import { counted } from "../format/numbers";
import Table from "../lists/Table";
import type { FleetServer } from "../servers/fleet_filter";
import { lagInWords } from "../servers/server_words";
import { StateMark } from "../states/StateMark";
import type { GroupDraft } from "./group_draft";

interface Props {
  servers: readonly FleetServer[] | undefined;
  problem: string;
  draft: GroupDraft;
  groupId: string;
  change: (change: Partial<GroupDraft>) => void;
}

/** The servers of the place; those that another group holds cannot be chosen, and say whose they are. */
export function PickServers({ servers, problem, draft, groupId, change }: Props) {
  const { items, filterProps, paginationProps, collectionProps, filteredItemsCount } = useCollection(
    servers ?? [],
    {
      filtering: { fields: ["hostname", "sourceServerId"] },
      pagination: { pageSize: 25 },
      sorting: {},
    },
  );
  const holder = ({ groups }: FleetServer) => groups.find((group) => group.groupId !== groupId);
  const chosen = new Set(draft.serverIds);
  return (
    <>
      {problem === "" ? null : (
        <p role="alert" className="mark-failed">
          {problem}
        </p>
      )}
      <Table
        {...collectionProps}
        items={items}
        trackBy="sourceServerId"
        variant="embedded"
        contentDensity="compact"
        selectionType="multi"
        loading={servers === undefined && problem === ""}
        loadingText="Reading the servers"
        selectedItems={(servers ?? []).filter(({ sourceServerId }) => chosen.has(sourceServerId))}
        isItemDisabled={(server) => holder(server) !== undefined}
        onSelectionChange={({ detail }) => {
          const known = new Set((servers ?? []).map(({ sourceServerId }) => sourceServerId));
          const gone = draft.serverIds.filter((id) => !known.has(id));
          change({
            serverIds: [...gone, ...detail.selectedItems.map(({ sourceServerId }) => sourceServerId)],
          });
        }}
        ariaLabels={{
          tableLabel: "Servers of the place",
          selectionGroupLabel: "Servers of the group",
          itemSelectionLabel: (_, { hostname }) => hostname,
          allItemsSelectionLabel: () => "All servers of this page",
        }}
        filter={
          <TextFilter
            {...filterProps}
            filteringPlaceholder="Find by host name or id"
            countText={counted(filteredItemsCount ?? 0, "match", "matches")}
          />
        }
        pagination={<Pagination {...paginationProps} />}
        columnDefinitions={[
          {
            id: "host",
            header: "Host name",
            isRowHeader: true,
            cell: ({ hostname }) => hostname,
            sortingField: "hostname",
          },
          { id: "id", header: "Source server", cell: ({ sourceServerId }) => sourceServerId },
          {
            id: "state",
            header: "Replication",
            cell: ({ replicationState, lagSeconds }) => (
              <StateMark kind="replication" value={replicationState}>
                <span className="quiet">{lagInWords(lagSeconds)}</span>
              </StateMark>
            ),
          },
          {
            id: "taken",
            header: "Free",
            cell: (server) => {
              const other = holder(server);
              return other === undefined ? "yes" : <span className="mark-failed">held by {other.name}</span>;
            },
          },
        ]}
        empty="No server of this place is known."
      />
    </>
  );
}
