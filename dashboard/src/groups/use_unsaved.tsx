import { type ReactNode, useRef } from "react";
import { useBlocker } from "react-router";
import { Confirmation } from "../acts/Confirmation";

/** Asks before a page with unsaved work is left for another one. */
export function useUnsaved(isUnsaved: boolean): { question: ReactNode; leave: () => void } {
  const mayLeave = useRef(false);
  const blocker = useBlocker(
    ({ currentLocation, nextLocation }) =>
      isUnsaved && !mayLeave.current && currentLocation.pathname !== nextLocation.pathname,
  );
  const question =
    blocker.state === "blocked" ? (
      <Confirmation
        title="Leave without saving?"
        safe="Stay here"
        dangerous="Leave without saving"
        underWay="Leaving"
        isPending={false}
        failure={null}
        onLeave={() => blocker.reset()}
        onConfirm={() => blocker.proceed()}
      >
        What you have typed here is not saved, and is lost when you leave.
      </Confirmation>
    ) : null;
  return {
    question,
    leave: () => {
      mayLeave.current = true;
    },
  };
}
