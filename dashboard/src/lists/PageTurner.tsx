import Pagination from "@cloudscape-design/components/pagination";

interface Props {
  index: number;
  nextCursor: string | null | undefined;
  turn: (index: number, nextCursor: string | null) => void;
}

/** To the next page and back: lists by cursors do not know how many pages they have. */
export function PageTurner({ index, nextCursor = null, turn }: Props) {
  if (index === 0 && nextCursor === null) return null;
  return (
    <Pagination
      currentPageIndex={index + 1}
      pagesCount={nextCursor === null ? index + 1 : index + 2}
      openEnd={nextCursor !== null}
      onChange={({ detail }) => turn(detail.currentPageIndex - 1, nextCursor)}
      ariaLabels={{
        nextPageLabel: "Next page",
        previousPageLabel: "Page before",
        pageLabel: (page) => `Page ${page}`,
      }}
    />
  );
}
