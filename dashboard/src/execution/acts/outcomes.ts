import type { ApiFailure } from "../../api/failure";
import type { Outcome } from "./use_intervention";

export interface Told {
  type: "success" | "info" | "warning" | "error";
  header: string;
  text: string;
  /** Nothing more can be done in this dialog. */
  isOver: boolean;
}

interface Sent {
  data: Outcome | undefined;
  error: ApiFailure | null;
}

/** What there is to say about a command; null before its answer. */
export function toldOf({ data, error }: Sent): Told | null {
  if (error !== null) return toldOfFailure(error);
  return data === undefined ? null : toldOfOutcome(data);
}

export function toldOfOutcome({ statement, changed }: Outcome): Told {
  if (changed) return { type: "success", header: "Done", text: statement, isOver: true };
  return { type: "info", header: "It had been done before", text: statement, isOver: true };
}

/** A refusal in words: somebody else's act or a rule is no error of this page, and a missing answer is no refusal. */
export function toldOfFailure(failure: ApiFailure): Told {
  if (failure.isOutcomeUnknown) {
    const text = `${failure.message} It may have been carried out. The run is being read again; look at its state first.`;
    return { type: "warning", header: "The answer did not arrive", text, isOver: false };
  }
  if (failure.code === "SecondPersonNeeded") {
    return { type: "info", header: "A second person is needed", text: failure.message, isOver: true };
  }
  if (failure.code === "IllegalTransition" || failure.code === "StateConflict") {
    return { type: "info", header: "Not possible any more", text: failure.message, isOver: true };
  }
  return { type: "error", header: "Nothing was done", text: failure.message, isOver: false };
}
