import { Verdict } from "../audit/AuditTable";
import { type Entry, operationInWords, resultInWords, whoOf } from "../audit/entries";
import { counted } from "../format/numbers";
import { PageTurner } from "../lists/PageTurner";
import Table from "../lists/Table";
import { useCursors } from "../lists/use_cursors";
import { useRead } from "../live/use_read";
import { AppLink } from "../parts/AppLink";
import { Loaded } from "../parts/Loaded";
import { Time } from "../parts/Time";
import { useUser, whyNever } from "../session/permissions";
import type { Group } from "./group_draft";
import { isChange } from "./history";

const PAGE = 100;

/** Who has changed the group, from the audit log; for whom that is not, the last change. */
export function HistoryTab({ group }: { group: Group }) {
  const user = useUser();
  const reason = whyNever(user, "GET /audit-logs");
  if (user === undefined) return null;
  if (reason === "") return <Changes groupId={group.groupId} />;
  return (
    <p className="sentence">
      Version {group.version} was saved at <Time at={group.updatedAt} withZone /> by {group.updatedBy}. The
      changes before it are in the audit log. <span className="quiet">{reason}</span>
    </p>
  );
}

function Changes({ groupId }: { groupId: string }) {
  const { cursor, index, turn } = useCursors(groupId);
  const query = { resourceId: groupId, limit: PAGE, ...(cursor === "" ? {} : { cursor }) };
  const entries = useRead("/audit-logs", { query }, { keepPrevious: true });
  return (
    <Loaded result={entries} what="The history">
      {({ items, nextCursor }) => {
        const changes = items.filter(isChange);
        return (
          <Table
            items={changes}
            trackBy="entryId"
            contentDensity="compact"
            wrapLines
            enableKeyboardNavigation
            ariaLabels={{ tableLabel: "Changes of the group, newest first" }}
            pagination={<PageTurner index={index} nextCursor={nextCursor} turn={turn} />}
            footer={
              <span className="quiet">
                {counted(items.length - changes.length, "entry", "entries")} of this page only read the group.{" "}
                <AppLink to={`/audit?resourceId=${groupId}`}>All in the audit log</AppLink>
              </span>
            }
            columnDefinitions={[
              {
                id: "what",
                header: "What",
                isRowHeader: true,
                cell: ({ operation, entryId, at }: Entry) => (
                  <AppLink to={`/audit/${entryId}?day=${at.slice(0, 10)}`}>
                    {operationInWords(operation)}
                  </AppLink>
                ),
              },
              { id: "at", header: "Time", cell: ({ at }: Entry) => <Time at={at} /> },
              { id: "who", header: "Who", cell: (entry: Entry) => whoOf(entry).name },
              { id: "verdict", header: "Verdict", cell: (entry: Entry) => <Verdict entry={entry} /> },
              { id: "result", header: "Result", cell: resultInWords },
            ]}
            empty="No change is in this part of the audit log."
          />
        );
      }}
    </Loaded>
  );
}
