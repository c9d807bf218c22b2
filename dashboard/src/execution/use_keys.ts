import { useEffect } from "react";
import { isTyping } from "../frame/shortcuts";
import { shortcuts } from "../settings/preferences";
import { type Detail, needsPerson } from "./run";
import { type Selection, VIEWS } from "./selection";
import type { Select } from "./use_selection";

/** What a single key selects; null if nothing. No key starts, stops or approves anything. */
export function keySelects(key: string, detail: Detail, selection: Selection): Partial<Selection> | null {
  const view = /^[1-8]$/.test(key) ? VIEWS[Number(key) - 1] : undefined;
  if (view !== undefined) return { view };
  if (key === "f") {
    return { view: "servers", state: selection.state === "FAILED" ? "" : "FAILED" };
  }
  if (key === "Escape") return closed(selection);
  return key === "n" || key === "p" ? nextOpen(key === "n" ? 1 : -1, detail, selection) : null;
}

/** Without what was opened last: the server, then the wave. */
function closed({ server, wave }: Selection): Partial<Selection> | null {
  if (server !== "") return { server: "" };
  return wave === null ? null : { wave: null };
}

function nextOpen(step: number, detail: Detail, { wave }: Selection): Partial<Selection> | null {
  const open = detail.waves.filter(needsPerson).map(({ waveNumber }) => waveNumber);
  const place = open.indexOf(wave ?? -1);
  const next = place < 0 ? open[0] : open.at((place + step) % open.length);
  return next === undefined ? null : { wave: next };
}

const NOW_KEY = ".";
/** What is drawn or listed at the present moment says so by this attribute. */
export const NOW = "data-now";

function showNow(): void {
  const now = document.querySelector<HTMLElement>(`[${NOW}]`);
  now?.scrollIntoView({ block: "center", inline: "center" });
  now?.focus({ preventScroll: true });
}

export function useKeys(detail: Detail, selection: Selection, select: Select): void {
  useEffect(() => {
    let before = "";
    const press = (event: KeyboardEvent) => {
      // After `g` the key belongs to the frame.
      const isOurs = before !== "g" && isPlain(event);
      before = event.key;
      if (!isOurs) return;
      if (event.key === NOW_KEY) showNow();
      const change = keySelects(event.key, detail, selection);
      if (change !== null) select(change);
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, [detail, selection, select]);
}

/** What has the keys for itself while it is shown. */
const HAS_KEYS = "[role=dialog], dialog[open], [role=menu], [role=listbox]";

function isPlain(event: KeyboardEvent): boolean {
  if (shortcuts.get() === "off" || event.defaultPrevented || isTyping(event.target)) return false;
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  return ![...document.querySelectorAll(HAS_KEYS)].some((element) => element.checkVisibility());
}
