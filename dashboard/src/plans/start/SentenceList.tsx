import { GlyphIcon } from "../../states/GlyphIcon";
import type { Sentence } from "./sentences";

/** Sentences, those that need attention with a mark. */
export function SentenceList({ sentences }: { sentences: readonly Sentence[] }) {
  return (
    <ul className="sentences">
      {sentences.map(({ text, tone }) => (
        <li key={text} className={tone === "attention" ? "sentence-attention" : ""}>
          {tone === "attention" ? (
            <GlyphIcon glyph="warning" />
          ) : (
            <span className="sentence-dot" aria-hidden="true" />
          )}
          <span>{text}</span>
        </li>
      ))}
    </ul>
  );
}
