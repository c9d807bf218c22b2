import type { Schemas } from "../api/schemas";

/** DRILL is outlined with a target, RECOVERY solid with a flash: they differ in shape, not only in colour. */
export function ModeBadge({ mode }: { mode: Schemas["Mode"] }) {
  return (
    <span className={`mode mode-${mode.toLowerCase()}`}>
      <svg width="12" height="12" viewBox="0 0 12 12" aria-hidden="true" focusable="false">
        {mode === "RECOVERY" ? (
          <path d="M7 0L1.5 7H5l-.8 5L10.5 4.6H6.6z" fill="currentColor" />
        ) : (
          <g fill="none" stroke="currentColor" strokeWidth="1.3">
            <circle cx="6" cy="6" r="5" />
            <circle cx="6" cy="6" r="1.6" />
          </g>
        )}
      </svg>
      {mode}
    </span>
  );
}
