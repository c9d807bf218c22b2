import Button from "@cloudscape-design/components/button";
import { type ReactNode, useEffect, useState } from "react";

const SHOW_AFTER = 0.3;
const STILL_AFTER = 5;
const NO_ANSWER_AFTER = 15;

/** While something is read for the first time: nothing, then the shape of what comes, then words. No endless spinner. */
export function Waiting({ skeleton, retry }: { skeleton?: ReactNode; retry?: () => void }) {
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    const timers = [SHOW_AFTER, STILL_AFTER, NO_ANSWER_AFTER].map((after) =>
      setTimeout(() => setSeconds(after), 1_000 * after),
    );
    return () => timers.forEach(clearTimeout);
  }, []);
  if (seconds < SHOW_AFTER) return <div className="waiting" aria-busy="true" />;
  return (
    <div className="waiting" aria-busy="true">
      <p role="status" className="quiet">
        {seconds >= NO_ANSWER_AFTER
          ? "No answer yet."
          : seconds >= STILL_AFTER
            ? "Still asking …"
            : "Asking …"}{" "}
        {seconds >= NO_ANSWER_AFTER && retry !== undefined ? (
          <Button variant="inline-link" onClick={retry}>
            Try again
          </Button>
        ) : null}
      </p>
      {skeleton ?? <Bars />}
    </div>
  );
}

/** The shape of a few lines of text or of a table. */
export function Bars({ count = 3 }: { count?: number }) {
  return (
    <div className="skeleton" aria-hidden="true">
      {Array.from({ length: count }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all alike and never move
        <span key={index} className="skeleton-bar" />
      ))}
    </div>
  );
}
