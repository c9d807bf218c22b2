import type { ReactNode } from "react";
import { Time } from "../parts/Time";
import { AccountName } from "../places/AccountName";
import { GlyphIcon } from "../states/GlyphIcon";
import { ModeBadge } from "../states/ModeBadge";
import { StateMark } from "../states/StateMark";
import { modeOf, type Row } from "./found";

interface Props {
  id: string;
  isActive: boolean;
  onOpen: () => void;
  children: ReactNode;
}

/** One row of the list. The field keeps the focus: the row is chosen by keys there, or pressed. */
export function Option({ id, isActive, onOpen, children }: Props) {
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are those of the field, which keeps the focus
    // biome-ignore lint/a11y/useFocusableInteractive: aria-activedescendant of the field points at it
    <div
      id={id}
      role="option"
      aria-selected={isActive}
      className="search-option"
      onMouseDown={(event) => event.preventDefault()}
      onClick={onOpen}
    >
      {children}
    </div>
  );
}

/** What was found, with where it stands now. */
export function FoundRow({ row }: { row: Row }) {
  return (
    <>
      <span className="search-title">
        {row.title}
        {row.matched === "" ? null : <span className="quiet"> {row.matched}</span>}
      </span>
      <span className="search-standing">
        <Standing row={row} />
      </span>
    </>
  );
}

function Standing({ row: { type, found } }: { row: Row }) {
  const mode = modeOf(found);
  if (type === "EXECUTION") {
    return (
      <>
        {mode === undefined ? null : <ModeBadge mode={mode} />}
        <StateMark kind="execution" value={found.state} />
        <span className="quiet">
          <Time at={found.at} as="near" withZone />
        </span>
      </>
    );
  }
  if (type === "SERVER") {
    return (
      <>
        <StateMark kind="replication" value={found.state} />
        <Place found={found} />
      </>
    );
  }
  return (
    <>
      {found.heldBy === "" ? null : (
        <span className="mark mark-working">
          <GlyphIcon glyph="arc" /> In use
        </span>
      )}
      <Place found={found} />
    </>
  );
}

function Place({ found: { accountId, region } }: { found: Row["found"] }) {
  if (accountId === "") return null;
  return (
    <span className="quiet">
      <AccountName accountId={accountId} /> {region}
    </span>
  );
}
