import Checkbox from "@cloudscape-design/components/checkbox";
import type { Schemas } from "../api/schemas";
import { counted } from "../format/numbers";
import Table from "../lists/Table";
import type { Family, Glyph } from "../states/families";
import { GlyphIcon } from "../states/GlyphIcon";
import { actionInWords, canBeLeftOut } from "./import_document";

type Item = Schemas["ImportedItem"];

interface Props {
  items: readonly Item[];
  label: string;
  /** Before the import: entries that somebody leaves out. */
  leftOut?: readonly string[];
  onLeaveOut?: (field: string, isOut: boolean) => void;
}

/** What an import would do or has done, record by record. */
export function ReportTable({ items, label, leftOut = [], onLeaveOut }: Props) {
  const choosing = {
    id: "take",
    header: "Import",
    cell: (item: Item) =>
      canBeLeftOut(item) && item.action !== "NONE" ? (
        <Checkbox
          ariaLabel={`Import ${item.name}`}
          checked={!leftOut.includes(item.field)}
          onChange={({ detail }) => onLeaveOut?.(item.field, !detail.checked)}
        />
      ) : null,
  };
  return (
    <Table
      items={items}
      trackBy="field"
      variant="embedded"
      contentDensity="compact"
      wrapLines
      ariaLabels={{ tableLabel: label }}
      columnDefinitions={[
        ...(onLeaveOut === undefined ? [] : [choosing]),
        {
          id: "name",
          header: "Record",
          isRowHeader: true,
          cell: ({ name, field }: Item) => (
            <>
              {name} <span className="quiet">{field}</span>
            </>
          ),
        },
        { id: "action", header: "What", cell: (item: Item) => <Outcome item={item} /> },
        { id: "differences", header: "Differences", cell: (item: Item) => <Differences item={item} /> },
      ]}
      empty="The document has no entries."
    />
  );
}

const MARKS: Record<Schemas["ImportOutcome"], { family: Family; glyph: Glyph }> = {
  DONE: { family: "good", glyph: "check" },
  PLANNED: { family: "working", glyph: "ring" },
  UNCHANGED: { family: "inactive", glyph: "dash" },
  FAILED: { family: "failed", glyph: "cross" },
  NOT_REACHED: { family: "attention", glyph: "warning" },
};

function Outcome({ item }: { item: Item }) {
  const { family, glyph } = MARKS[item.outcome];
  return (
    <>
      <span className={`mark mark-${family}`}>
        <GlyphIcon glyph={glyph} /> {actionInWords(item)}
      </span>
      {item.reason === "" ? null : <div>{item.reason}</div>}
      {item.problems.map(({ field, message }) => (
        <div key={`${field} ${message}`}>
          <code>{field}</code> {message}
        </div>
      ))}
    </>
  );
}

function Differences({ item }: { item: Item }) {
  if (item.differences.length === 0) return <>–</>;
  return (
    <>
      {item.differences.map(({ field, added, removed }) => (
        <div key={`${field} ${added} ${removed}`}>
          {field}: <span className="added">{added || "nothing"}</span>
          {removed === "" ? null : <span className="removed"> (before: {removed})</span>}
        </div>
      ))}
      {item.moreDifferences === 0 ? null : <div className="quiet">and {item.moreDifferences} more</div>}
    </>
  );
}

/** Records that the document does not have, and that stay as they are. */
export function OnlyHere({ onlyHere }: { onlyHere: Schemas["ImportReport"]["onlyHere"] }) {
  const kinds = Object.entries(onlyHere).filter(([, { count }]) => count > 0);
  if (kinds.length === 0) return null;
  return (
    <p className="quiet sentence">
      Only here, and they stay:{" "}
      {kinds
        .map(
          ([kind, { count, names }]) =>
            `${counted(count, kind.replace(/s$/, ""))} (${names.slice(0, 5).join(", ")}${count > 5 ? " …" : ""})`,
        )
        .join("; ")}
      .
    </p>
  );
}
