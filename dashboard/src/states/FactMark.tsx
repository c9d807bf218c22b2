import type { Mark } from "./families";
import { GlyphIcon } from "./GlyphIcon";

export type Fact = Pick<Mark, "family" | "glyph"> & { text: string };

/** A short fact as glyph, words and colour, where it is no state of the API. */
export function FactMark({ fact: { family, glyph, text } }: { fact: Fact }) {
  return (
    <span className={`mark mark-${family}`}>
      <GlyphIcon glyph={glyph} size={14} />
      {text}
    </span>
  );
}
