import { useSyncExternalStore } from "react";

const NARROW = "(max-width: 600px)";

/** Whether the page is shown on a phone. */
export function useNarrow(): boolean {
  return useSyncExternalStore(follow, isNarrowNow);
}

export function isNarrowNow(): boolean {
  return matchMedia(NARROW).matches;
}

function follow(changed: () => void): () => void {
  const query = matchMedia(NARROW);
  query.addEventListener("change", changed);
  return () => query.removeEventListener("change", changed);
}
