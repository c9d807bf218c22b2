import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { Suspense, useState } from "react";
import { counted } from "../format/numbers";
import { CsvButton } from "../lists/CsvButton";
import { Nothing, NothingMatches } from "../lists/Nothing";
import { PageTurner } from "../lists/PageTurner";
import { readAll } from "../lists/read_all";
import Table from "../lists/Table";
import { useCursors } from "../lists/use_cursors";
import type { Pace } from "../live/pace";
import { serverNow } from "../live/server_clock";
import { useRead } from "../live/use_read";
import { AppButton } from "../parts/AppButton";
import { Loaded } from "../parts/Loaded";
import { lazyPart } from "../parts/lazy_part";
import { Time } from "../parts/Time";
import { useNarrow } from "../parts/use_narrow";
import { useUser, whyNot, whyNotPermission } from "../session/permissions";
import { CSV_COLUMNS, historyColumns, type Listed, Took } from "./columns";
import { type Filters, isDefault, queryOf } from "./filters";
import { RunRow } from "./RunRow";

const DeleteDialog = lazyPart(() => import("./deletion/DeleteDialog"));

const BUSY: Pace = { visible: 10, hidden: 60 };
const QUIET: Pace = { visible: 60, hidden: null };
const PAGE = 25;

interface Props {
  filters: Filters;
  onClear: () => void;
}

/** All executions, the newest first, page by page; those that have ended can be chosen and deleted. */
export function History({ filters, onClear }: Props) {
  const query = queryOf(filters, serverNow());
  const { cursor, index, turn } = useCursors(JSON.stringify(query));
  const executions = useRead(
    "/executions",
    { query: { ...query, limit: PAGE, cursor } },
    {
      keepPrevious: true,
      pace: (page) => (page?.items.some(({ endedAt }) => endedAt === null) ? BUSY : QUIET),
    },
  );
  const isNarrow = useNarrow();
  return (
    <Loaded result={executions} what="The executions">
      {({ items, nextCursor }) => {
        const empty = <Empty filters={filters} hasMore={nextCursor !== null} onClear={onClear} />;
        const pages = <PageTurner index={index} nextCursor={nextCursor} turn={turn} />;
        return isNarrow ? (
          <Cards items={items} empty={empty} pages={pages} />
        ) : (
          <HistoryTable items={items} empty={empty} pages={pages} filters={filters} />
        );
      }}
    </Loaded>
  );
}

interface ListProps {
  items: readonly Listed[];
  empty: React.ReactNode;
  pages: React.ReactNode;
}

function HistoryTable({ items, empty, pages, filters }: ListProps & { filters: Filters }) {
  const [chosen, setChosen] = useState<readonly Listed[]>([]);
  const user = useUser();
  const mayVerify = whyNotPermission(user, "view-audit") === "";
  // What is not on this page any more is not deleted from it.
  const selected = items.filter(({ executionId }) => chosen.some((each) => each.executionId === executionId));
  return (
    <Table
      items={items}
      columnDefinitions={historyColumns(mayVerify)}
      trackBy="executionId"
      selectionType="multi"
      selectedItems={selected}
      onSelectionChange={({ detail }) => setChosen(detail.selectedItems)}
      isItemDisabled={({ endedAt }) => endedAt === null}
      enableKeyboardNavigation
      wrapLines
      contentDensity="compact"
      ariaLabels={{
        tableLabel: "Executions, newest first",
        selectionGroupLabel: "Choose executions to delete",
        allItemsSelectionLabel: () => "Choose all of this page that have ended",
        itemSelectionLabel: (_, { planName, startedAt, endedAt }) =>
          `${planName}, started ${startedAt}${endedAt === null ? ": runs, cannot be deleted" : ""}`,
      }}
      header={
        <Header
          counter={selected.length === 0 ? undefined : `(${selected.length} chosen)`}
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <DeleteButton chosen={selected} onDone={() => setChosen([])} />
              <CsvButton
                name="executions"
                columns={CSV_COLUMNS}
                readRows={(arrived, signal) =>
                  readAll(
                    "/executions",
                    { query: { ...queryOf(filters, serverNow()), limit: 100 } },
                    { arrived, signal },
                  )
                }
              />
            </SpaceBetween>
          }
        >
          History
        </Header>
      }
      pagination={pages}
      empty={empty}
    />
  );
}

function DeleteButton({ chosen, onDone }: { chosen: readonly Listed[]; onDone: () => void }) {
  /** As they were when the question was asked: what is read meanwhile does not change it. */
  const [asked, setAsked] = useState<readonly Listed[]>();
  const reason =
    whyNot(useUser(), "POST /executions/delete") ||
    (chosen.length === 0 ? "Choose executions that have ended." : "");
  return (
    <>
      <Button disabled={reason !== ""} disabledReason={reason} onClick={() => setAsked(chosen)}>
        Delete …
      </Button>
      {asked === undefined ? null : (
        <Suspense>
          <DeleteDialog
            chosen={asked}
            close={(done) => {
              setAsked(undefined);
              if (done) onDone();
            }}
          />
        </Suspense>
      )}
    </>
  );
}

/** On a phone each run is a card; deleting is for a larger screen. */
function Cards({ items, empty, pages }: ListProps) {
  if (items.length === 0) return empty;
  return (
    <>
      <ul className="rows" aria-label="Executions, newest first">
        {items.map((execution) => (
          <RunRow key={execution.executionId} execution={execution} withCounts>
            <div className="quiet">
              <Time at={execution.startedAt} withZone />
            </div>
            <Took execution={execution} />
          </RunRow>
        ))}
      </ul>
      {pages}
    </>
  );
}

function Empty({ filters, hasMore, onClear }: Props & { hasMore: boolean }) {
  if (hasMore) return <Nothing>None on this page; older ones may match.</Nothing>;
  if (!isDefault(filters)) return <NothingMatches what="execution" clear={onClear} />;
  return (
    <Nothing next={<AppButton to="/plans">Choose a plan to drill</AppButton>}>
      Nothing was started within the last {counted(30, "day")}.
    </Nothing>
  );
}
