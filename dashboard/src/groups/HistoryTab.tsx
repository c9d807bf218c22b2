import SpaceBetween from "@cloudscape-design/components/space-between";
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
  return (
    <SpaceBetween size="s">
      <p className="sentence">
        Made at <Time at={group.createdAt} withZone /> by {group.createdBy}; version {group.version} was saved
        at <Time at={group.updatedAt} withZone /> by {group.updatedBy}.
      </p>
      {reason === "" ? (
        <Changes groupId={group.groupId} />
      ) : (
        <p className="sentence quiet">What lies between is in the audit log. {reason}</p>
      )}
    </SpaceBetween>
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
            empty="Nothing has been changed since the group was made, as far as this part of the audit log goes."
          />
        );
      }}
    </Loaded>
  );
}
