import { useEffect } from "react";
import { useNavigate } from "react-router";
import { shortcuts } from "../settings/preferences";
import { ENTRIES } from "./navigation";
import { actOf, isTyping } from "./shortcuts";

const PREFIX_MS = 1_500;

/** `g h` and its like, and `?`; off when the person has switched them off. */
export function useShortcuts(onHelp: () => void): void {
  const navigate = useNavigate();
  useEffect(() => {
    const go = (key: string) => {
      const entry = ENTRIES.find((known) => known.key === key);
      if (entry !== undefined) navigate(entry.path);
    };
    return followKeys({ go, help: onHelp });
  }, [navigate, onHelp]);
}

function followKeys({ go, help }: { go: (key: string) => void; help: () => void }): () => void {
  let before = "";
  let timer: ReturnType<typeof setTimeout> | undefined;
  const press = (event: KeyboardEvent) => {
    if (shortcuts.get() === "off" || event.defaultPrevented) return;
    const { key, ctrlKey, metaKey, altKey } = event;
    const act = actOf({ key, ctrlKey, metaKey, altKey, isTyping: isTyping(event.target) }, before);
    clearTimeout(timer);
    before = "";
    if (act.kind === "prefix") {
      before = key;
      timer = setTimeout(() => (before = ""), PREFIX_MS);
    } else if (act.kind === "go") go(act.key);
    else if (act.kind === "help") help();
  };
  document.addEventListener("keydown", press);
  return () => document.removeEventListener("keydown", press);
}
