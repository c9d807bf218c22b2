import Table from "../lists/Table";
import type { Field, Level } from "./fields";
import { FIELDS } from "./fields";
import { effectiveOf, inWords, type Layer, originInWords } from "./levels";

const HEADERS: Record<Level, string> = { default: "Default", group: "Group", server: "Server" };

/** The launch settings by level, the effective value last, in bold, with its origin. */
export function LevelsTable({ layers, label }: { layers: readonly Layer[]; label: string }) {
  const given = FIELDS.filter(({ name }) => layers.some(({ settings }) => settings[name] !== undefined));
  return (
    <Table
      items={given}
      trackBy="name"
      variant="embedded"
      contentDensity="compact"
      wrapLines
      ariaLabels={{ tableLabel: label }}
      columnDefinitions={[
        { id: "field", header: "Setting", isRowHeader: true, cell: (field: Field) => field.label },
        ...layers.map(({ level, settings }) => ({
          id: level,
          header: HEADERS[level],
          cell: ({ name }: Field) => {
            const value = settings[name];
            return value === undefined ? <span className="quiet">–</span> : inWords(value);
          },
        })),
        {
          id: "effective",
          header: "Effective",
          cell: ({ name }: Field) => {
            const effective = effectiveOf(name, layers);
            return (
              <>
                <strong>{effective.value === undefined ? "not set" : inWords(effective.value)}</strong>{" "}
                <span className="quiet">{originInWords(effective)}</span>
              </>
            );
          },
        },
      ]}
      empty="No level sets anything: each server launches with what DRS and its launch template have."
    />
  );
}
