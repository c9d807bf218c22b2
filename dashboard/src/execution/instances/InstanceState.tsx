import { GlyphIcon } from "../../states/GlyphIcon";
import { instanceMark } from "./states";

export function InstanceState({ state }: { state: string }) {
  const { family, glyph, word } = instanceMark(state);
  return (
    <span className={`mark mark-${family}`}>
      <GlyphIcon glyph={glyph} />
      <span>{word}</span>
    </span>
  );
}
