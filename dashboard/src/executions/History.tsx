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
import { useCursorsInAddress } from "../lists/use_cursors";
import type { Pace } from "../live/pace";
import { serverNow } from "../live/server_clock";
import { useRead } from "../live/use_read";
import { AppButton } from "../parts/AppButton";
import { Loaded } from "../parts/Loaded";
import { lazyPart } from "../parts/lazy_part";
import { useUser, whyNot, whyNotPermission } from "../session/permissions";
import { CSV_COLUMNS, historyColumns, type Listed } from "./columns";
import { type Filters, isDefault, queryOf } from "./filters";

const DeleteDialog = lazyPart(() => import("./deletion/DeleteDialog"));

const BUSY: Pace = { visible: 10, hidden: 60 };
const QUIET: Pace = { visible: 60, hidden: null };

interface Props {
  filters: Filters;
  onClear: () => void;
}

/** All executions, the newest first, page by page; those that have ended can be chosen and deleted. */
export function History({ filters, onClear }: Props) {
  const query = queryOf(filters, serverNow());
  const { cursor, index, turn } = useCursorsInAddress();
  const executions = useRead(
    "/executions",
    { query: { ...query, limit: filters.size, cursor } },
    {
      keepPrevious: true,
      pace: (page) => (page?.items.some(({ endedAt }) => endedAt === null) ? BUSY : QUIET),
    },
  );
  return (
    <>
      <Loaded result={executions} what="The executions">
        {({ items, nextCursor }) => (
          <HistoryTable
            items={items}
            empty={<Empty filters={filters} hasMore={nextCursor !== null} onClear={onClear} />}
            pages={<PageTurner index={index} nextCursor={nextCursor} turn={turn} />}
            filters={filters}
          />
        )}
      </Loaded>
      {executions.error !== null && cursor !== "" ? (
        <Button onClick={() => turn(0, null)}>First page</Button>
      ) : null}
    </>
  );
}

interface ListProps {
  items: readonly Listed[];
  empty: React.ReactNode;
  pages: React.ReactNode;
  filters: Filters;
}

function HistoryTable({ items, empty, pages, filters }: ListProps) {
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

function Empty({ filters, hasMore, onClear }: Props & { hasMore: boolean }) {
  if (hasMore) return <Nothing>None on this page; older ones may match.</Nothing>;
  if (!isDefault(filters)) return <NothingMatches what="execution" clear={onClear} />;
  return (
    <Nothing next={<AppButton to="/plans">Choose a plan to drill</AppButton>}>
      Nothing was started within the last {counted(30, "day")}.
    </Nothing>
  );
}
