import { useCallback, useSyncExternalStore } from "react";

const NARROW = "(max-width: 600px)";
const WIDE = "(min-width: 1100px)";

/** Whether the page is shown on a phone. */
export function useNarrow(): boolean {
  return useMatches(NARROW);
}

/** Whether there is room beside a page for the list of pages. */
export function useWide(): boolean {
  return useMatches(WIDE);
}

export function isNarrowNow(): boolean {
  return matchMedia(NARROW).matches;
}

function useMatches(query: string): boolean {
  const follow = useCallback(
    (changed: () => void) => {
      const media = matchMedia(query);
      media.addEventListener("change", changed);
      return () => media.removeEventListener("change", changed);
    },
    [query],
  );
  return useSyncExternalStore(follow, () => matchMedia(query).matches);
}
