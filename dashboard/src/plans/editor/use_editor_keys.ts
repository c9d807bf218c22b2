import { useEffect, useRef } from "react";
import { actOf, type EditorAct } from "./keys";

interface Acts {
  save: () => void;
  undo: () => void;
  redo: () => void;
  move: (by: -1 | 1) => void;
}

/** Ctrl-S, Ctrl-Z, Ctrl-Shift-Z, and Alt with an arrow for the selected wave. */
export function useEditorKeys(acts: Acts): void {
  const newest = useRef(acts);
  useEffect(() => {
    newest.current = acts;
  });
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      // A dialog that is open has the keys for itself.
      if (document.querySelector("[role=dialog] input, [role=dialog] button:focus") !== null) return;
      const act = actOf(event);
      if (act === undefined) return;
      event.preventDefault();
      RUN[act](newest.current);
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);
}

const RUN: Record<EditorAct, (acts: Acts) => void> = {
  save: (acts) => acts.save(),
  undo: (acts) => acts.undo(),
  redo: (acts) => acts.redo(),
  up: (acts) => acts.move(-1),
  down: (acts) => acts.move(1),
};
