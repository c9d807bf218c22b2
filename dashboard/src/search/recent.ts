import { Store } from "../live/store";
import type { FoundType } from "./found";

export interface Recent {
  type: FoundType;
  title: string;
  to: string;
}

const MOST = 5;

/** What one person has opened from the search since the page was loaded. Nothing of it is stored. */
export const recents = new Store<{ whose: string; items: readonly Recent[] }>({ whose: "", items: [] });

/** The newest first, each once. */
export function withRecent(items: readonly Recent[], opened: Recent): Recent[] {
  return [opened, ...items.filter(({ to }) => to !== opened.to)].slice(0, MOST);
}

/** What somebody else has opened before on this page is not theirs. */
export function recentsOf(whose: string): readonly Recent[] {
  const kept = recents.get();
  return kept.whose === whose ? kept.items : [];
}

export function opened(whose: string, { type, title, to }: Recent): void {
  recents.set({ whose, items: withRecent(recentsOf(whose), { type, title, to }) });
}
