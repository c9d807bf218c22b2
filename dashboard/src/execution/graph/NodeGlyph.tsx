import type { Glyph } from "../../states/families";
import { GlyphIcon } from "../../states/GlyphIcon";

/** The glyph of a state at a place of a drawing. */
export function NodeGlyph({ glyph, x, y }: { glyph: Glyph; x: number; y: number }) {
  return (
    <g transform={`translate(${x} ${y})`}>
      <GlyphIcon glyph={glyph} />
    </g>
  );
}
