import { useEffect, useRef } from "react";
import { actOf, type EditorAct } from "./keys";

interface Acts {
  save: () => void;
  undo: () => void;
  redo: () => void;
  move: (by: -1 | 1) => void;
}

/** Ctrl-S, Ctrl-Z, Ctrl-Shift-Z, and Alt with an arrow for the selected wave. A dialog has the keys for itself. */
export function useEditorKeys(acts: Acts, isEnabled: boolean): void {
  const newest = useRef(acts);
  useEffect(() => {
    newest.current = acts;
  });
  useEffect(() => {
    if (!isEnabled) return;
    const press = (event: KeyboardEvent) => {
      if (document.querySelector("dialog[open]") !== null) return;
      const act = actOf(event);
      if (act === undefined) return;
      event.preventDefault();
      RUN[act](newest.current);
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [isEnabled]);
}

const RUN: Record<EditorAct, (acts: Acts) => void> = {
  save: (acts) => acts.save(),
  undo: (acts) => acts.undo(),
  redo: (acts) => acts.redo(),
  up: (acts) => acts.move(-1),
  down: (acts) => acts.move(1),
};
