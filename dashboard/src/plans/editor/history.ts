// Undo and redo over a whole edit. Typing in one field is one change.

export interface History<T> {
  past: readonly T[];
  present: T;
  future: readonly T[];
  /** What was changed last; a change of the same goes into the same step. Empty: the next one is a step of its own. */
  place: string;
}

const MOST_STEPS = 200;

export function begin<T>(present: T): History<T> {
  return { past: [], present, future: [], place: "" };
}

export function changed<T>(history: History<T>, present: T, place: string): History<T> {
  if (present === history.present) return history;
  const goesOn = place !== "" && place === history.place;
  const past = goesOn ? history.past : [...history.past, history.present].slice(-MOST_STEPS);
  return { past, present, future: [], place };
}

export function undone<T>({ past, present, future, ...rest }: History<T>): History<T> {
  const before = past.at(-1);
  if (before === undefined) return { past, present, future, ...rest };
  return { past: past.slice(0, -1), present: before, future: [present, ...future], place: "" };
}

export function redone<T>({ past, present, future, ...rest }: History<T>): History<T> {
  const [next, ...later] = future;
  if (next === undefined) return { past, present, future, ...rest };
  return { past: [...past, present], present: next, future: later, place: "" };
}
