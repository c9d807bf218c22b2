import type { Pressed } from "../frame/shortcuts";

/** Whether a key leads to the search: `/` outside of fields unless single keys are off, Ctrl-K or ⌘K everywhere. */
export function findsAnything(pressed: Pressed, singleKeys: boolean): boolean {
  const { key, ctrlKey, metaKey, altKey, isTyping } = pressed;
  if (altKey) return false;
  if (ctrlKey !== metaKey) return key.toLocaleLowerCase("en") === "k";
  return key === "/" && singleKeys && !isTyping && !ctrlKey;
}
