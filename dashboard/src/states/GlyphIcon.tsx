import type { JSX } from "react";
import type { Glyph } from "./families";

const STROKE = { fill: "none", stroke: "currentColor", strokeWidth: 1.7, strokeLinecap: "round" as const };
const RING = <circle cx="8" cy="8" r="6.4" {...STROKE} />;

const SHAPES: Record<Glyph, JSX.Element> = {
  check: (
    <>
      <circle cx="8" cy="8" r="7" fill="currentColor" />
      <path d="M4.8 8.2l2.2 2.3 4.3-4.7" {...STROKE} stroke="var(--mark-ground)" />
    </>
  ),
  arc: (
    <g className="glyph-turning">
      <circle cx="8" cy="8" r="6.4" {...STROKE} opacity="0.3" />
      <path d="M8 1.6a6.4 6.4 0 0 1 6.4 6.4" {...STROKE} strokeWidth={2.4} />
    </g>
  ),
  "hollow-arc": (
    <g className="glyph-turning">
      <circle cx="8" cy="8" r="6.4" {...STROKE} strokeDasharray="2.4 3" />
    </g>
  ),
  "arc-check": (
    <>
      <path d="M14.2 6.4A6.4 6.4 0 1 1 9.6 1.8" {...STROKE} />
      <path d="M5.2 8.2l2 2.1 3.9-4.4" {...STROKE} />
    </>
  ),
  ring: RING,
  dash: <path d="M3.5 8h9" {...STROKE} strokeWidth={2.2} />,
  bars: <path d="M5.5 3.5v9M10.5 3.5v9" {...STROKE} strokeWidth={2.6} />,
  warning: (
    <>
      <path d="M8 1.6l6.8 12.2H1.2z" fill="currentColor" stroke="currentColor" strokeLinejoin="round" />
      <path d="M8 6v3.6M8 11.9v.1" {...STROKE} stroke="var(--mark-ground)" />
    </>
  ),
  half: (
    <>
      {RING}
      <path d="M8 1.6a6.4 6.4 0 0 1 0 12.8z" fill="currentColor" />
    </>
  ),
  cross: (
    <>
      <path d="M5.1 1h5.8L15 5.1v5.8L10.9 15H5.1L1 10.9V5.1z" fill="currentColor" />
      <path d="M5.4 5.4l5.2 5.2M10.6 5.4l-5.2 5.2" {...STROKE} stroke="var(--mark-ground)" />
    </>
  ),
  hourglass: (
    <path
      d="M4 1.8h8M4 14.2h8M4.8 2c0 4 3.2 4 3.2 6s-3.2 2-3.2 6M11.2 2c0 4-3.2 4-3.2 6s3.2 2 3.2 6"
      {...STROKE}
    />
  ),
  "struck-square": <path d="M2.5 2.5h11v11h-11zM2.5 13.5l11-11" {...STROKE} />,
  info: (
    <>
      {RING}
      <path d="M8 7.4v3.8M8 4.8v.1" {...STROKE} />
    </>
  ),
  question: (
    <>
      <circle cx="8" cy="8" r="6.4" {...STROKE} strokeDasharray="2 2.2" />
      <path d="M6.2 6.4c0-2.4 3.6-2.4 3.6 0 0 1.5-1.8 1.4-1.8 2.9M8 11.4v.1" {...STROKE} />
    </>
  ),
};

/** The shape of a state. The word stands beside it, so that it is silent for screen readers. */
export function GlyphIcon({ glyph, size = 16 }: { glyph: Glyph; size?: number }) {
  return (
    <svg
      className="glyph"
      width={size}
      height={size}
      viewBox="0 0 16 16"
      aria-hidden="true"
      focusable="false"
    >
      {SHAPES[glyph]}
    </svg>
  );
}
