// The figures of the health tiles: what is said in which order, and where each leads.
import type { Schemas } from "../api/schemas";
import { roughDuration, secondsBetween } from "../format/durations";
import { counted, number } from "../format/numbers";
import type { Family, Mark } from "../states/families";
import { markOf, READINESS, REPLICATION } from "../states/marks";
import { kindInWords } from "../syncs/sync_words";

export interface Figure extends Pick<Mark, "family" | "glyph"> {
  key: string;
  text: string;
  to: string;
}

const WORST_FIRST: readonly Family[] = ["failed", "attention", "unknown", "working", "inactive", "good"];

const byFamily = (a: Pick<Mark, "family">, b: Pick<Mark, "family">): number =>
  WORST_FIRST.indexOf(a.family) - WORST_FIRST.indexOf(b.family);

/** Servers by replication state, the worst first; each leads to those servers. */
export function replicationFigures(counts: Readonly<Record<string, number>>): Figure[] {
  return figuresOf("replication", counts, Object.keys(REPLICATION), "replicationState");
}

/** Servers by what a launch would meet, the worst first. */
export function readinessFigures(counts: Readonly<Record<string, number>>): Figure[] {
  return figuresOf("readiness", counts, Object.keys(READINESS), "readiness");
}

function figuresOf(
  kind: "replication" | "readiness",
  counts: Readonly<Record<string, number>>,
  known: readonly string[],
  filter: string,
): Figure[] {
  return Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([state, count]) => {
      const { family, glyph, word } = markOf(kind, state);
      // The list knows no filter for a state that a newer API has: it shows all of them.
      const to = known.includes(state) ? `/servers?${filter}=${state}` : "/servers";
      return { key: state, family, glyph, text: `${number(count)} ${word.toLocaleLowerCase("en")}`, to };
    })
    .sort(byFamily);
}

type SyncRun = Schemas["SyncRun"];

/** After three times the interval of its schedule, what a sync has seen is old. */
const OLD_AFTER_MINUTES: Readonly<Record<string, number>> = {
  "source-server-inventory": 15,
  "recovery-instances": 30,
  "staging-accounts": 45,
  "launch-settings-drift": 45,
};

/** The newest run of each sync with its age, the worst first. */
export function syncFigures(runs: readonly SyncRun[], now: number): Figure[] {
  return runs.map((run) => syncFigure(run, now)).sort(byFamily);
}

function syncFigure(run: SyncRun, now: number): Figure {
  const known = markOf("sync", run.outcome);
  const seconds = secondsBetween(run.endedAt ?? run.startedAt, now);
  const isOld = known.family === "good" && seconds > 60 * (OLD_AFTER_MINUTES[run.kind] ?? Infinity);
  const { family, glyph } = isOld ? { family: "attention" as const, glyph: "warning" as const } : known;
  const failed = Object.keys(run.failures).length;
  const said = [
    run.outcome === "RUNNING" ? "" : `${roughDuration(seconds)} ago`,
    known.family === "good" ? "" : known.word.toLocaleLowerCase("en"),
    failed === 0 ? "" : `in ${counted(failed, "place")}`,
    isOld ? "old" : "",
  ];
  return {
    key: run.kind,
    family,
    glyph,
    text: `${kindInWords(run.kind)}: ${said.filter(Boolean).join(", ")}`,
    to: "/settings/syncs",
  };
}

/** Syncs that have never run are said to be so: nothing is known of what they keep. */
export function neverRun(runs: readonly SyncRun[], kinds: readonly string[]): Figure[] {
  return kinds
    .filter((kind) => !runs.some((run) => run.kind === kind))
    .map((kind) => ({
      key: kind,
      family: "unknown" as const,
      glyph: "question" as const,
      text: `${kindInWords(kind)}: never run`,
      to: "/settings/syncs",
    }));
}

export interface FullestPlace {
  key: string;
  accountId: string;
  region: string;
  /** The quota that is nearest to its limit. */
  usage: Schemas["Usage"] | null;
  problem: string;
}

/** The places nearest to a limit, as the API orders them: each with its fullest quota. */
export function fullestPlaces(places: readonly Schemas["PlaceCapacity"][], shown: number): FullestPlace[] {
  return places.slice(0, shown).map(({ accountId, region, usages, problems }) => ({
    key: `${accountId} ${region}`,
    accountId,
    region,
    usage: usages.reduce<Schemas["Usage"] | null>(
      (worst, usage) => (worst === null || usage.percent > worst.percent ? usage : worst),
      null,
    ),
    problem: problems[0] ?? "",
  }));
}
