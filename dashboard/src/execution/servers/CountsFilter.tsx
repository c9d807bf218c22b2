import { number } from "../../format/numbers";
import { COUNT_ORDER } from "../../states/counts";
import { GlyphIcon } from "../../states/GlyphIcon";
import { SERVER_IN_RUN } from "../../states/marks";
import type { Row } from "./gathered";

interface Props {
  rows: readonly Row[];
  chosen: Row["status"] | "";
  onChoose: (status: Row["status"] | "") => void;
}

/** How many servers are in which state; a press filters by it, another one shows all again. */
export function CountsFilter({ rows, chosen, onChoose }: Props) {
  const counts = new Map<string, number>();
  for (const { status } of rows) counts.set(status, (counts.get(status) ?? 0) + 1);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset has a border and a legend of its own
    <div className="counts-filter" role="group" aria-label="Servers by state">
      {COUNT_ORDER.filter((status) => counts.has(status)).map((status) => {
        const { family, glyph, word } = SERVER_IN_RUN[status];
        return (
          <button
            key={status}
            type="button"
            className={`counts-button mark-${family}`}
            aria-pressed={chosen === status}
            onClick={() => onChoose(chosen === status ? "" : status)}
          >
            <GlyphIcon glyph={glyph} /> <strong className="figures">{number(counts.get(status) ?? 0)}</strong>{" "}
            {word}
          </button>
        );
      })}
    </div>
  );
}
