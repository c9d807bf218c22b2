// Single keys: which key leads where. Nothing here starts, stops or approves anything.

export interface Pressed {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  /** Whether a field, a list or a menu has the focus, where keys are typed text. */
  isTyping: boolean;
}

export type Act = { kind: "go"; key: string } | { kind: "help" } | { kind: "prefix" } | { kind: "none" };

const PREFIX = "g";

/** What a key means after the key before it. */
export function actOf(pressed: Pressed, before: string): Act {
  if (pressed.isTyping || pressed.ctrlKey || pressed.metaKey || pressed.altKey) return { kind: "none" };
  if (before === PREFIX && /^[a-z]$/.test(pressed.key)) return { kind: "go", key: pressed.key };
  if (pressed.key === PREFIX) return { kind: "prefix" };
  return pressed.key === "?" ? { kind: "help" } : { kind: "none" };
}

export function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof Element &&
    target.closest("input, textarea, select, [contenteditable], [role=menu], dialog") !== null
  );
}
