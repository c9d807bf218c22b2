import { useBlocker } from "react-router";
import { ConfirmDialog } from "../../acts/ConfirmDialog";

/** Asks before a page with changes is left. Another wave of the same page is no other page. */
export function LeaveDialog({ isNeeded }: { isNeeded: () => boolean }) {
  const blocker = useBlocker(
    ({ currentLocation, nextLocation }) => isNeeded() && currentLocation.pathname !== nextLocation.pathname,
  );
  if (blocker.state !== "blocked") return null;
  return (
    <ConfirmDialog
      title="Leave without saving?"
      safe="Go on editing"
      act="Discard my changes"
      isActing={false}
      onAct={() => blocker.proceed()}
      onClose={() => blocker.reset()}
    >
      <span>What you have changed is lost.</span>
    </ConfirmDialog>
  );
}
