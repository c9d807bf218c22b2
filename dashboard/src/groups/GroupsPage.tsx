import SpaceBetween from "@cloudscape-design/components/space-between";
import { Statement } from "../acts/Statement";
import { number } from "../format/numbers";
import { Nothing, NothingMatches } from "../lists/Nothing";
import { PageTurner } from "../lists/PageTurner";
import { SearchField } from "../lists/SearchField";
import Table, { type TableProps } from "../lists/Table";
import { useAddress } from "../lists/use_address";
import { useCursors } from "../lists/use_cursors";
import { useRead } from "../live/use_read";
import { AppButton } from "../parts/AppButton";
import { AppLink } from "../parts/AppLink";
import { Loaded } from "../parts/Loaded";
import { Page } from "../parts/Page";
import { Time } from "../parts/Time";
import { AccountName } from "../places/AccountName";
import { PlaceChoices } from "../places/PlaceChoices";
import { Tags } from "../servers/Tags";
import { useUser, whyNot } from "../session/permissions";
import { StateMark } from "../states/StateMark";
import { selectionInWords } from "./group_draft";
import { hasStanding, type ListedGroup } from "./listed";

const COLUMNS: TableProps.ColumnDefinition<ListedGroup>[] = [
  {
    id: "name",
    header: "Name",
    isRowHeader: true,
    cell: ({ groupId, name }) => <AppLink to={`/groups/${groupId}`}>{name}</AppLink>,
  },
  { id: "account", header: "Account", cell: ({ accountId }) => <AccountName accountId={accountId} /> },
  { id: "region", header: "Region", cell: ({ region }) => <span className="whole">{region}</span> },
  {
    id: "selection",
    header: "Selection",
    minWidth: 115,
    cell: (group) =>
      group.sourceServerIds.length > 0 ? selectionInWords(group) : <Tags tags={group.tags} />,
  },
];

const STANDING: TableProps.ColumnDefinition<ListedGroup>[] = [
  { id: "servers", header: "Servers", cell: ({ servers }) => <Readiness servers={servers} /> },
  {
    id: "settings",
    header: "Launch settings",
    cell: ({ launchSettings }) => <SettingsCounts counts={launchSettings} />,
  },
  {
    id: "plans",
    header: "Used by",
    cell: (group) => <UsedBy group={group} />,
  },
  {
    id: "run",
    header: "In use",
    cell: ({ runningExecutionId = "" }) =>
      runningExecutionId === "" ? (
        "–"
      ) : (
        <span className="whole">
          <AppLink to={`/executions/${runningExecutionId}`}>by a run</AppLink>
        </span>
      ),
  },
];

const CHANGED: TableProps.ColumnDefinition<ListedGroup> = {
  id: "changed",
  header: "Changed",
  cell: ({ updatedAt, updatedBy }) => (
    <>
      <Time at={updatedAt} />
      <div className="quiet">{updatedBy}</div>
    </>
  ),
};

export default function GroupsPage() {
  const user = useUser();
  const [params, choose] = useAddress();
  const query = {
    accountId: /^[0-9]{12}$/.test(params.get("accountId") ?? "") ? (params.get("accountId") ?? "") : "",
    region: params.get("region") ?? "",
    q: (params.get("q") ?? "").slice(0, 256),
    limit: 50,
  };
  const { cursor, index, turn } = useCursors(JSON.stringify(query));
  const groups = useRead(
    "/protection-groups",
    { query: { ...query, ...(cursor === "" ? {} : { cursor }) } },
    { keepPrevious: true },
  );
  const reason = whyNot(user, "POST /protection-groups");
  const isFiltered = query.accountId !== "" || query.region !== "" || query.q !== "";
  const make = (
    <AppButton to="/groups/new" variant="primary" disabled={reason !== ""} disabledReason={reason}>
      Make a group
    </AppButton>
  );
  return (
    <Page
      title="Protection groups"
      description="Servers of one account and Region that recover together. Plans are made of groups."
      actions={make}
    >
      <SpaceBetween size="m">
        <Statement />
        <Filters query={query} choose={choose} />
        <Loaded result={groups} what="The groups">
          {(page) => (
            <Table
              items={page.items as ListedGroup[]}
              trackBy="groupId"
              columnDefinitions={[...COLUMNS, ...(hasStanding(page.items) ? STANDING : []), CHANGED]}
              enableKeyboardNavigation
              wrapLines
              contentDensity="compact"
              ariaLabels={{ tableLabel: "Protection groups" }}
              pagination={<PageTurner index={index} nextCursor={page.nextCursor} turn={turn} />}
              empty={
                isFiltered ? (
                  <NothingMatches what="group" clear={() => choose({ accountId: "", region: "", q: "" })} />
                ) : (
                  <Nothing next={make}>There is no protection group yet. A plan needs at least one.</Nothing>
                )
              }
            />
          )}
        </Loaded>
      </SpaceBetween>
    </Page>
  );
}

interface FiltersProps {
  query: { accountId: string; region: string; q: string };
  choose: (choices: Record<string, string>) => void;
}

function Filters({ query, choose }: FiltersProps) {
  return (
    <div className="filters">
      <SearchField
        label="Find by the beginning of the name"
        value={query.q}
        onSearch={(q) => choose({ q })}
      />
      <PlaceChoices
        accountId={query.accountId}
        region={query.region}
        choose={(place) => choose({ ...place })}
      />
    </div>
  );
}

/** As the sync of the inventory last saw it; a plan that was made since is not among them. */
function UsedBy({ group: { plans, servers } }: { group: ListedGroup }) {
  if (plans === null || plans === undefined) return <>Not known yet</>;
  if (plans.length > 0) {
    return plans.map(({ planId, name }) => (
      <div key={planId}>
        <AppLink to={`/plans/${planId}`}>{name}</AppLink>
      </div>
    ));
  }
  return (
    <>
      No plan
      {servers === null || servers === undefined ? null : (
        <div className="quiet">
          as of <Time at={servers.asOf} as="near" />
        </div>
      )}
    </>
  );
}

function Readiness({ servers }: { servers: ListedGroup["servers"] }) {
  if (servers === null || servers === undefined) return <>Not counted yet</>;
  const counts = {
    READY: servers.readyCount,
    DEGRADED: servers.degradedCount,
    BLOCKED: servers.blockedCount,
  };
  return (
    <>
      {number(servers.serverCount)}
      {Object.entries(counts)
        .filter(([, count]) => count > 0)
        .map(([value, count]) => (
          <div key={value} className="whole">
            <StateMark kind="readiness" value={value}>
              {number(count)}
            </StateMark>
          </div>
        ))}
    </>
  );
}

function SettingsCounts({ counts }: { counts: ListedGroup["launchSettings"] }) {
  if (counts === null || counts === undefined) return <>Not counted yet</>;
  const shown = Object.entries(counts).filter(([, count]) => (count ?? 0) > 0);
  if (shown.length === 0) return <>–</>;
  return (
    <>
      {shown.map(([value, count]) => (
        <div key={value}>
          <StateMark kind="launchSettings" value={value}>
            {number(count ?? 0)}
          </StateMark>
        </div>
      ))}
    </>
  );
}
