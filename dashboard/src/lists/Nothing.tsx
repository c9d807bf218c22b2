import Button from "@cloudscape-design/components/button";
import type { ReactNode } from "react";

/** A list without entries: one sentence why, and the next step. */
export function Nothing({ children, next }: { children: ReactNode; next?: ReactNode }) {
  return (
    <div className="nothing">
      <p>{children}</p>
      {next}
    </div>
  );
}

/** A list that is empty only by its filter. */
export function NothingMatches({ what, clear }: { what: string; clear: () => void }) {
  return (
    <Nothing next={<Button onClick={clear}>Clear the filter</Button>}>No {what} matches the filter.</Nothing>
  );
}
