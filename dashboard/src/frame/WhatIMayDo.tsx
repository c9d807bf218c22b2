import type { Schemas } from "../api/schemas";
import { TopDialog } from "../parts/TopDialog";
import { PERMISSION_WORDS } from "../session/permission_words";
import { roleInWords, whyNotPermission } from "../session/permissions";
import { GlyphIcon } from "../states/GlyphIcon";

/** The roles of the person, and each permission: held, or who holds it. */
export function WhatIMayDo({ user, onClose }: { user: Schemas["User"] | undefined; onClose: () => void }) {
  return (
    <TopDialog title="What I may do" onClose={onClose} closeText="Close">
      <p>
        {user?.name}: {user?.roles.map(roleInWords).join(", ") || "no role"}
      </p>
      <ul className="permissions">
        {PERMISSION_WORDS.map(({ permission, words }) => {
          const reason = whyNotPermission(user, permission);
          return (
            <li key={permission}>
              <span className={reason === "" ? "mark-good" : "mark-inactive"}>
                <GlyphIcon glyph={reason === "" ? "check" : "dash"} />
              </span>
              <span>
                {words}
                <span className="only-read">{reason === "" ? ": yes" : ": no"}</span>
                {reason === "" ? null : <span className="quiet permission-reason">{reason}</span>}
              </span>
            </li>
          );
        })}
      </ul>
    </TopDialog>
  );
}
