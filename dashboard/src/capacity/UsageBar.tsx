import type { Schemas } from "../api/schemas";
import { number } from "../format/numbers";
import { GlyphIcon } from "../states/GlyphIcon";
import { markOf } from "../states/marks";
import { QUOTA_WORDS } from "./quota_words";

/** How much of a quota is used: in numbers, as a bar, and with its level in a glyph and a word. */
export function UsageBar({ usage, withName = true }: { usage: Schemas["Usage"]; withName?: boolean }) {
  const { word, family, glyph } = markOf("capacity", usage.level);
  return (
    <div className="usage">
      <span>
        {withName ? `${QUOTA_WORDS[usage.quota]}: ` : ""}
        <span className="number">
          {number(usage.used)} of {number(usage.limit)}
        </span>{" "}
        <span className={`mark mark-${family}`}>
          <GlyphIcon glyph={glyph} size={14} /> {word}
        </span>
      </span>
      <span className="usage-bar" aria-hidden="true">
        <span
          className={`usage-part usage-${family}`}
          style={{ width: `${Math.min(100, usage.percent)}%` }}
        />
      </span>
    </div>
  );
}
