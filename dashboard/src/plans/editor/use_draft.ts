import { useEffect, useMemo, useReducer } from "react";
import type { ApiFailure } from "../../api/failure";
import type { Content } from "../content";
import { isSame } from "../versions/step_differences";
import { begin, changed, type History, redone, undone } from "./history";
import { type Problem, problemsOf } from "./rules";

interface Draft {
  /** What was read when the edit began, or what it was put on top of since. */
  base: Content;
  baseVersion: number;
  history: History<Content>;
  /** The API's problems with exactly this content. */
  refused: { content: Content; problems: readonly Problem[] } | undefined;
}

export interface Edit {
  base: Content;
  baseVersion: number;
  content: Content;
  problems: readonly Problem[];
  hasChanges: boolean;
  canUndo: boolean;
  canRedo: boolean;
  /** `place` is what is being changed: typing in one place is one step of undo. */
  change: (content: Content, place?: string) => void;
  undo: () => void;
  redo: () => void;
  refuse: (failure: ApiFailure) => void;
  rebase: (base: Content, baseVersion: number, content: Content) => void;
}

type Act =
  | { do: "change"; content: Content; place: string }
  | { do: "undo" | "redo" }
  | { do: "refuse"; problems: readonly Problem[] }
  | { do: "rebase"; base: Content; baseVersion: number; content: Content };

export function useDraft(start: Content, version: number): Edit {
  const [draft, act] = useReducer(after, { start, version }, beginning);
  const content = draft.history.present;
  const problems = useMemo(() => {
    const fromApi = draft.refused?.content === content ? draft.refused.problems : [];
    const own = problemsOf(content);
    return [...own, ...fromApi.filter(({ field }) => !own.some((problem) => problem.field === field))];
  }, [content, draft.refused]);
  const hasChanges = useMemo(() => !isSame(draft.base, content), [draft.base, content]);
  useWarning(hasChanges);
  return {
    ...{ base: draft.base, baseVersion: draft.baseVersion, content, problems, hasChanges },
    canUndo: draft.history.past.length > 0,
    canRedo: draft.history.future.length > 0,
    change: (next, place = "") => act({ do: "change", content: next, place }),
    undo: () => act({ do: "undo" }),
    redo: () => act({ do: "redo" }),
    refuse: (failure) => act({ do: "refuse", problems: failure.problems }),
    rebase: (base, baseVersion, next) => act({ do: "rebase", base, baseVersion, content: next }),
  };
}

function beginning({ start, version }: { start: Content; version: number }): Draft {
  return { base: start, baseVersion: version, history: begin(start), refused: undefined };
}

function after(draft: Draft, act: Act): Draft {
  switch (act.do) {
    case "change":
      return { ...draft, history: changed(draft.history, act.content, act.place) };
    case "undo":
      return { ...draft, history: undone(draft.history) };
    case "redo":
      return { ...draft, history: redone(draft.history) };
    case "refuse":
      return { ...draft, refused: { content: draft.history.present, problems: act.problems } };
    case "rebase":
      return {
        ...{ base: act.base, baseVersion: act.baseVersion, refused: undefined },
        history: changed(draft.history, act.content, ""),
      };
  }
}

/** The browser asks before it closes or loads a page with changes. */
function useWarning(hasChanges: boolean): void {
  useEffect(() => {
    if (!hasChanges) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener("beforeunload", warn);
    return () => removeEventListener("beforeunload", warn);
  }, [hasChanges]);
}
