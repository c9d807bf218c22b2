export type EditorAct = "save" | "undo" | "redo" | "up" | "down";

type Keys = Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">;

const ACTS: Readonly<Record<string, EditorAct>> = {
  "command s": "save",
  "command z": "undo",
  "command shift z": "redo",
  "alt arrowup": "up",
  "alt arrowdown": "down",
};

/** What a key of the editor does; undefined for all others. */
export function actOf({ key, ctrlKey, metaKey, altKey, shiftKey }: Keys): EditorAct | undefined {
  const held = { command: ctrlKey || metaKey, alt: altKey, shift: shiftKey };
  const names = Object.entries(held).flatMap(([name, isHeld]) => (isHeld ? [name] : []));
  return ACTS[[...names, key.toLowerCase()].join(" ")];
}
