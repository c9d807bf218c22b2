// The lines of a timeline, newest first: gathered page by page, then what is new.
import type { Schemas } from "../../api/schemas";

export type Line = Schemas["TimelineEvent"];

export interface Lines {
  /** Newest first. */
  lines: readonly Line[];
  /** The page with older lines that is read next; null when all have been read. */
  older: string | null;
  /** The line after which new ones are asked for. */
  after: string;
}

/** Older lines than these are read when somebody asks for them. */
export const MOST_LINES = 2_000;

export function withFirst(page: Schemas["EventPage"]): Lines {
  return { lines: sorted(page.items), older: page.nextCursor, after: page.nextAfter };
}

export function withOlder(before: Lines, page: Schemas["EventPage"]): Lines {
  return { ...before, lines: added(before.lines, page.items), older: page.nextCursor };
}

/** The same object if all is known already, so that nothing is drawn again. */
export function withNew(before: Lines, news: readonly Line[], after: string): Lines {
  const lines = added(before.lines, news);
  return lines === before.lines && after === before.after ? before : { ...before, lines, after };
}

export interface LineFilter {
  wave: number | null;
  kind: string;
  peopleOnly: boolean;
  text: string;
}

export function filteredLines(lines: readonly Line[], { wave, kind, peopleOnly, text }: LineFilter): Line[] {
  const words = text.trim().toLowerCase();
  return lines.filter(
    (line) =>
      (wave === null || line.waveNumber === wave) &&
      (kind === "" || line.kind === kind) &&
      (!peopleOnly || isByPerson(line)) &&
      (words === "" || line.message.toLowerCase().includes(words)),
  );
}

const BY_PEOPLE: ReadonlySet<string> = new Set<Schemas["EventKind"]>([
  "EXECUTION_STARTED",
  "EXECUTION_PAUSED",
  "EXECUTION_RESUMED",
  "EXECUTION_CANCELLING",
  "WAVE_APPROVED",
  "WAVE_REJECTED",
  "WAVE_RETRIED",
  "WAVE_SKIPPED",
  "FAILBACK_REVERSED",
  "FAILBACK_STARTED",
  "FAILBACK_STOPPED",
  "TERMINATION_ASKED",
]);

/** Whether a person did it; a pause that has a cause was not. */
export function isByPerson({ kind, details }: Line): boolean {
  return BY_PEOPLE.has(kind) && !("cause" in details);
}

/** "WAVE_STARTED" → "Wave started" */
export function kindInWords(kind: string): string {
  const words = kind.toLowerCase().replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function added(lines: readonly Line[], news: readonly Line[]): readonly Line[] {
  const known = new Set(lines.map(({ eventId }) => eventId));
  const unknown = news.filter(({ eventId }) => !known.has(eventId));
  return unknown.length === 0 ? lines : sorted([...lines, ...unknown]);
}

function sorted(lines: readonly Line[]): Line[] {
  return [...lines].sort((a, b) => (a.eventId < b.eventId ? 1 : a.eventId > b.eventId ? -1 : 0));
}
