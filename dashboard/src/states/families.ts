/** What a state means to somebody who looks: five families, and one for what nobody knows. */
export type Family = "good" | "working" | "inactive" | "attention" | "failed" | "unknown";

/** The shape beside the word. Colour alone never says anything: two of the colours look alike to many people. */
export type Glyph =
  | "check"
  | "arc"
  | "hollow-arc"
  | "arc-check"
  | "ring"
  | "dash"
  | "bars"
  | "warning"
  | "half"
  | "cross"
  | "hourglass"
  | "struck-square"
  | "info"
  | "question";

export interface Mark {
  word: string;
  family: Family;
  glyph: Glyph;
}

export function mark(word: string, family: Family, glyph: Glyph): Mark {
  return { word, family, glyph };
}

/** For a value that a newer API sends and this page does not know. */
export function unknownMark(value: string): Mark {
  return mark(value, "unknown", "question");
}
