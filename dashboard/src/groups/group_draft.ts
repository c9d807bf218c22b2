// A protection group while it is made or changed: what is missing, what is sent, what it comes to in sentences.
import type { Schemas } from "../api/schemas";
import { counted } from "../format/numbers";
import { FIELDS, type LaunchSettings } from "../launch/fields";
import { inWords } from "../launch/levels";

export type Group = Schemas["ProtectionGroup"];
export type Impact = Schemas["Impact"];

export interface GroupDraft {
  name: string;
  description: string;
  accountId: string;
  region: string;
  by: "tags" | "servers";
  tags: Record<string, string>;
  serverIds: readonly string[];
  /** Only what is not CRITICAL needs saying; kept for all that somebody has chosen. */
  impact: Record<string, Impact>;
  launch: LaunchSettings;
}

export const NEW_GROUP: GroupDraft = {
  name: "",
  description: "",
  accountId: "",
  region: "",
  by: "tags",
  tags: {},
  serverIds: [],
  impact: {},
  launch: {},
};

export function draftOf(group: Group): GroupDraft {
  return {
    name: group.name,
    description: group.description,
    accountId: group.accountId,
    region: group.region,
    by: group.sourceServerIds.length > 0 ? "servers" : "tags",
    tags: group.tags,
    serverIds: group.sourceServerIds,
    impact: group.impactLevels,
    launch: group.launchDefaults,
  };
}

/** What is sent. Tags and servers exclude each other; impacts of servers that were taken out again are left out. */
export function contentOf(draft: GroupDraft) {
  const isByServers = draft.by === "servers";
  const chosen = new Set(draft.serverIds);
  const impact = Object.entries(draft.impact).filter(([id]) => !isByServers || chosen.has(id));
  return {
    name: draft.name.trim(),
    description: draft.description.trim(),
    tags: isByServers ? {} : draft.tags,
    sourceServerIds: isByServers ? [...draft.serverIds] : [],
    impactLevels: Object.fromEntries(impact),
    launchDefaults: draft.launch,
  };
}

export type Step = "place" | "selection" | "settings" | "review";

/** What is missing before the next step, in sentences. */
export function missing(draft: GroupDraft, step: Step): string[] {
  const nothing = {
    place: [
      { lacks: draft.name.trim() === "", say: "Give the group a name." },
      { lacks: draft.accountId === "" || draft.region === "", say: "Choose the account and the Region." },
    ],
    selection: [
      { lacks: draft.by === "tags" && Object.keys(draft.tags).length === 0, say: "Enter at least one tag." },
      {
        lacks:
          draft.by === "tags" &&
          Object.entries(draft.tags)
            .flat()
            .some((part) => part.trim() === ""),
        say: "Give each tag a key and a value.",
      },
      { lacks: draft.by === "servers" && draft.serverIds.length === 0, say: "Choose at least one server." },
    ],
    settings: [],
    review: [],
  }[step];
  return nothing.filter(({ lacks }) => lacks).map(({ say }) => say);
}

/** How the group selects its servers. */
export function selectionInWords({ tags, sourceServerIds }: Pick<Group, "tags" | "sourceServerIds">): string {
  if (sourceServerIds.length > 0) return counted(sourceServerIds.length, "server");
  return Object.entries(tags)
    .map(([key, value]) => `${key} = ${value}`)
    .join(" and ");
}

/** The group in sentences, as it would be saved. */
export function reviewOf(draft: GroupDraft, serverCount: number | undefined): string[] {
  const content = contentOf(draft);
  const optional = Object.values(content.impactLevels).filter((impact) => impact === "OPTIONAL").length;
  const matches = serverCount === undefined ? "" : ` Now that is ${counted(serverCount, "server")}.`;
  return [
    draft.by === "tags"
      ? `It holds the servers with ${selectionInWords(content)}, also those that get the tags later.${matches}`
      : `It holds ${counted(draft.serverIds.length, "server")} that were chosen one by one.`,
    optional === 0
      ? "All of its servers are CRITICAL: a wave does not count as done without them."
      : `${counted(optional, "server")} of it ${optional === 1 ? "is" : "are"} OPTIONAL; the others are CRITICAL.`,
    ...settingsInWords(draft.launch),
  ];
}

function settingsInWords(launch: LaunchSettings): string[] {
  const given = FIELDS.filter(({ name }) => launch[name] !== undefined);
  if (given.length === 0) return ["It has no launch settings of its own."];
  return given.map(({ name, label }) => `${label}: ${inWords(launch[name])}.`);
}

/** What two contents of a group differ by, in sentences. */
export function changesOf(before: GroupDraft, after: GroupDraft): string[] {
  const a = contentOf(before);
  const b = contentOf(after);
  const said = (what: string, from: string, to: string) =>
    from === to ? [] : [`${what}: ${to || "none"} (before: ${from || "none"}).`];
  const added = b.sourceServerIds.filter((id) => !a.sourceServerIds.includes(id)).length;
  const removed = a.sourceServerIds.filter((id) => !b.sourceServerIds.includes(id)).length;
  return [
    ...said("Name", a.name, b.name),
    ...said("Description", a.description, b.description),
    ...said(
      "Tags",
      selectionInWords({ ...a, sourceServerIds: [] }),
      selectionInWords({ ...b, sourceServerIds: [] }),
    ),
    ...(added > 0 ? [`${counted(added, "server")} added.`] : []),
    ...(removed > 0 ? [`${counted(removed, "server")} taken out.`] : []),
    ...said("Optional servers", optionalOf(a.impactLevels), optionalOf(b.impactLevels)),
    ...FIELDS.filter(
      ({ name }) => JSON.stringify(before.launch[name]) !== JSON.stringify(after.launch[name]),
    ).map(
      ({ name, label }) =>
        `${label}: ${inWords(after.launch[name])} (before: ${inWords(before.launch[name])}).`,
    ),
  ];
}

function optionalOf(impact: Record<string, Impact>): string {
  return Object.keys(impact)
    .filter((id) => impact[id] === "OPTIONAL")
    .sort()
    .join(", ");
}
