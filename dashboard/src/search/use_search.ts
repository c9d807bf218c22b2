import { useEffect, useState } from "react";
import type { ApiFailure } from "../api/failure";
import { ONCE } from "../live/pace";
import { useRead } from "../live/use_read";
import { type Group, groupsOf, SHORTEST } from "./found";

const PAUSE_MS = 250;

export type Searched =
  | { phase: "short" }
  | { phase: "looking" }
  | { phase: "failed"; failure: ApiFailure; retry: () => void }
  | { phase: "found"; groups: Group[] };

/** What the API finds for a text; it is asked when the typing rests, and never shows what belongs to another text. */
export function useSearch(typed: string): Searched {
  const q = typed.trim();
  const [asked, setAsked] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => setAsked(q), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [q]);
  const isAsked = asked.length >= SHORTEST;
  const result = useRead("/search", { query: { q: asked } }, { pace: ONCE, enabled: isAsked });
  if (q.length < SHORTEST) return { phase: "short" };
  if (asked !== q) return { phase: "looking" };
  if (result.data !== undefined) return { phase: "found", groups: groupsOf(result.data) };
  if (result.error !== null && !result.isFetching) {
    return { phase: "failed", failure: result.error, retry: () => void result.refetch() };
  }
  return { phase: "looking" };
}
