import { duration } from "../format/durations";
import { GlyphIcon } from "../states/GlyphIcon";
import { rtoMet } from "./list/rows";

/** How long the last good run took, and whether that is within the plan's target. */
export function LastRto({ rtoMinutes, seconds }: { rtoMinutes: number | null; seconds: number | null }) {
  if (seconds === null) return <span className="quiet">never measured</span>;
  const met = rtoMet(rtoMinutes, seconds);
  if (met === null) return <span className="quiet">last {duration(seconds)}</span>;
  return (
    <span className={`mark mark-${met ? "good" : "failed"}`}>
      <GlyphIcon glyph={met ? "check" : "cross"} size={14} />
      last {duration(seconds)}
      {met ? "" : ", not met"}
    </span>
  );
}
