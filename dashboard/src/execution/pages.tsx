import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";

export interface Pages {
  cursor: string;
  number: number;
  forward: (next: string) => void;
  back: () => void;
}

/** The pages of a list without a total: only the next and those before are known. */
export function usePages(): Pages {
  const [cursors, setCursors] = useState<string[]>([""]);
  return {
    cursor: cursors.at(-1) ?? "",
    number: cursors.length,
    forward: (next) => setCursors((before) => [...before, next]),
    back: () => setCursors((before) => (before.length > 1 ? before.slice(0, -1) : before)),
  };
}

/** Next and previous; nothing where one page is all. */
export function PageButtons({ pages, next }: { pages: Pages; next: string | null }) {
  if (pages.number === 1 && next === null) return null;
  return (
    <SpaceBetween direction="horizontal" size="xs">
      <Button iconName="angle-left" disabled={pages.number === 1} onClick={pages.back}>
        Previous
      </Button>
      <span className="page-number">Page {pages.number}</span>
      <Button
        iconName="angle-right"
        iconAlign="right"
        disabled={next === null}
        onClick={() => next !== null && pages.forward(next)}
      >
        Next
      </Button>
    </SpaceBetween>
  );
}
