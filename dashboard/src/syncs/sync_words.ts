import type { Schemas } from "../api/schemas";

export type SyncKind = Schemas["SyncKind"];

/** The syncs in words, and what each of them does. */
export const SYNC_WORDS: Record<SyncKind, { name: string; does: string }> = {
  "source-server-inventory": {
    name: "Inventory of servers",
    does: "Reads the source servers of every account and Region.",
  },
  "recovery-instances": { name: "Recovery instances", does: "Reads the instances of drills and recoveries." },
  "staging-accounts": { name: "Staging accounts", does: "Extends the servers of staging accounts." },
  tags: { name: "Tags", does: "Gives source servers the tags of their source instances." },
  "launch-settings-drift": {
    name: "Drift of launch settings",
    does: "Compares launch settings with DRS and EC2.",
  },
};

export const SYNC_KINDS = Object.keys(SYNC_WORDS) as SyncKind[];

/** A kind of a run in words; as it is where a newer API has another one. */
export function kindInWords(kind: string): string {
  return Object.hasOwn(SYNC_WORDS, kind) ? SYNC_WORDS[kind as SyncKind].name : kind;
}
