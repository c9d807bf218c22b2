// Applying launch settings in pieces, so that its progress is seen and nothing runs into the time limit of a call.
import type { Schemas } from "../api/schemas";

export type Applied = Schemas["ServerApplied"];

/** Few enough that AWS answers within the limit of one call. */
export const PIECE = 10;

export function piecesOf(ids: readonly string[], size = PIECE): string[][] {
  return Array.from({ length: Math.ceil(ids.length / size) }, (_, index) =>
    ids.slice(index * size, (index + 1) * size),
  );
}

export interface Progress {
  done: readonly Applied[];
  /** Servers that the API had no time for: they are sent again. */
  remaining: readonly string[];
}

/** What is known after an answer: of a server the last outcome counts. */
export function afterPiece({ done, remaining }: Progress, answer: readonly Applied[]): Progress {
  const answered = new Set(answer.map(({ sourceServerId }) => sourceServerId));
  const isOver = ({ outcome }: Applied) => outcome !== "REMAINING";
  return {
    done: [...done.filter(({ sourceServerId }) => !answered.has(sourceServerId)), ...answer.filter(isOver)],
    remaining: [
      ...remaining.filter((id) => !answered.has(id)),
      ...answer.filter((each) => !isOver(each)).map(({ sourceServerId }) => sourceServerId),
    ],
  };
}

const ORDER: Record<Schemas["ApplyOutcome"], number> = {
  FAILED: 0,
  REMAINING: 1,
  APPLIED: 2,
  UNCHANGED: 3,
  NOT_CONFIGURED: 4,
};

/** Failed ones first. */
export function worstFirst(done: readonly Applied[]): Applied[] {
  return [...done].sort((a, b) => ORDER[a.outcome] - ORDER[b.outcome]);
}

export const OUTCOME_WORDS: Record<Schemas["ApplyOutcome"], string> = {
  FAILED: "not applied",
  REMAINING: "not reached yet",
  APPLIED: "applied",
  UNCHANGED: "had them already",
  NOT_CONFIGURED: "has no settings",
};
