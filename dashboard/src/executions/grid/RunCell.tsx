import "./grid.css";
import { useSyncExternalStore } from "react";
import { Link } from "react-router";
import { zone } from "../../settings/preferences";
import { GlyphIcon } from "../../states/GlyphIcon";
import { markOf } from "../../states/marks";
import { type Run, runInWords } from "./grid";

interface Props {
  run: Run;
  /** Whether the filter asks for it; others keep their place. */
  isMeant?: boolean;
}

/** One run as a sign that leads to it; in words for those who hear it or point at it. */
export function RunCell({ run, isMeant = true }: Props) {
  const chosen = useSyncExternalStore(zone.follow, zone.get);
  const { family, glyph } = markOf("execution", run.status);
  const words = runInWords(run, chosen);
  return (
    <Link
      to={`/executions/${run.executionId}`}
      className={`grid-cell grid-${run.mode.toLowerCase()} mark-${family}${isMeant ? "" : " grid-other"}`}
      aria-label={isMeant ? words : `${words}, not of the filter`}
      title={words}
    >
      <GlyphIcon glyph={glyph} size={16} />
    </Link>
  );
}
