import type { ReactNode } from "react";
import { GlyphIcon } from "./GlyphIcon";
import { type Kind, markOf } from "./marks";

interface Props {
  kind: Kind;
  value: string;
  /** More about it, after the word: "by operator@example.com". */
  children?: ReactNode;
}

/** A state of the API as glyph, word and colour. */
export function StateMark({ kind, value, children }: Props) {
  const { word, family, glyph } = markOf(kind, value);
  return (
    <span className={`mark mark-${family}`}>
      <GlyphIcon glyph={glyph} />
      <span>
        {word}
        {children === undefined ? null : <> {children}</>}
      </span>
    </span>
  );
}
