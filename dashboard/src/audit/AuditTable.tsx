import { duration } from "../format/durations";
import { number } from "../format/numbers";
import { NothingMatches } from "../lists/Nothing";
import { PageTurner } from "../lists/PageTurner";
import Table, { type TableProps } from "../lists/Table";
import { useAddress } from "../lists/use_address";
import { useCursors } from "../lists/use_cursors";
import { useRead } from "../live/use_read";
import { AppLink } from "../parts/AppLink";
import { Loaded } from "../parts/Loaded";
import { Time } from "../parts/Time";
import { GlyphIcon } from "../states/GlyphIcon";
import { type AuditFilter, NO_FILTER, nightLink, queryOf } from "./audit_filter";
import { type Entry, MODES, operationInWords, resourceOf, resultInWords, verdictOf, whoOf } from "./entries";

const COLUMNS: TableProps.ColumnDefinition<Entry>[] = [
  {
    id: "at",
    header: "Time",
    minWidth: 105,
    cell: ({ at, entryId }) => (
      <AppLink to={`/audit/${entryId}?day=${at.slice(0, 10)}`}>
        <Time at={at} />
      </AppLink>
    ),
  },
  { id: "who", header: "Who", isRowHeader: true, minWidth: 150, cell: (entry) => <WhoCell entry={entry} /> },
  { id: "what", header: "What", minWidth: 115, cell: ({ operation }) => operationInWords(operation) },
  { id: "on", header: "On what", minWidth: 130, cell: ({ resourceIds }) => <Resources ids={resourceIds} /> },
  { id: "verdict", header: "Verdict", minWidth: 105, cell: (entry) => <VerdictCell entry={entry} /> },
  { id: "result", header: "Result", cell: resultInWords },
  {
    id: "from",
    header: "From",
    cell: ({ sourceIp, invocationMode }) => (
      <>
        {MODES[invocationMode]}
        {sourceIp === "" ? null : <div className="quiet">{sourceIp}</div>}
      </>
    ),
  },
  { id: "took", header: "Took", minWidth: 85, cell: ({ durationMs }) => tookInWords(durationMs) },
];

interface Props {
  filter: AuditFilter;
  /** All entries that match, while they are put on paper. */
  printed: readonly Entry[] | undefined;
}

export function AuditTable({ filter, printed }: Props) {
  const [, choose] = useAddress();
  const { cursor, index, turn } = useCursors(JSON.stringify(filter));
  const entries = useRead(
    "/audit-logs",
    { query: { ...queryOf(filter), limit: 50, ...(cursor === "" ? {} : { cursor }) } },
    { keepPrevious: true },
  );
  return (
    <Loaded result={entries} what="The audit log">
      {(page) => (
        <Table
          items={page.items}
          allItems={printed}
          trackBy="entryId"
          columnDefinitions={COLUMNS}
          enableKeyboardNavigation
          wrapLines
          contentDensity="compact"
          ariaLabels={{ tableLabel: "Audit log" }}
          pagination={<PageTurner index={index} nextCursor={page.nextCursor} turn={turn} />}
          empty={<NothingMatches what="entry" clear={() => choose(NO_FILTER)} />}
        />
      )}
    </Loaded>
  );
}

function WhoCell({ entry }: { entry: Entry }) {
  const { name, isVerified } = whoOf(entry);
  return (
    <>
      <AppLink to={nightLink(name, entry.at)} ariaLabel={`${name}: what they did this night`}>
        {name}
      </AppLink>
      <div>
        {isVerified ? (
          <span className="mark mark-good">
            <GlyphIcon glyph="check" size={12} /> verified
          </span>
        ) : (
          <span className="mark mark-inactive">
            <GlyphIcon glyph="ring" size={12} /> declared
          </span>
        )}
      </div>
    </>
  );
}

export function Resources({ ids }: { ids: readonly string[] }) {
  if (ids.length === 0) return <>–</>;
  return (
    <>
      {ids.map((text) => {
        const { kind, id, to } = resourceOf(text);
        return (
          <div key={text} className="wrapped">
            {kind} {to === "" ? id : <AppLink to={to}>{id}</AppLink>}
          </div>
        );
      })}
    </>
  );
}

export function Verdict({ entry }: { entry: Entry }) {
  const { isAllowed } = verdictOf(entry);
  return (
    <span className={`mark mark-${isAllowed ? "good" : "failed"}`}>
      <GlyphIcon glyph={isAllowed ? "check" : "cross"} />
      {isAllowed ? "allowed" : "refused"}
    </span>
  );
}

/** Why a call was refused is said where people look; why it was allowed is in the entry. */
function VerdictCell({ entry }: { entry: Entry }) {
  const { isAllowed, reason } = verdictOf(entry);
  return (
    <>
      <Verdict entry={entry} />
      {isAllowed || reason === "" ? null : <div className="quiet">{reason}</div>}
    </>
  );
}

export function tookInWords(milliseconds: number): string {
  return milliseconds < 1_000 ? `${number(milliseconds)} ms` : duration(milliseconds / 1_000);
}
