import type { ApiFailure } from "../../api/failure";
import { markOf } from "../../states/marks";
import { type Detail, type Offer, waveTitle } from "../run";
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

/** What to say when the run no longer offers an act whose dialog is open: somebody else, or time, was faster. */
export function toldOfGone(offer: Offer, { execution, waves }: Detail): Told {
  const wave = waves.find(({ waveNumber }) => waveNumber === offer.waveNumber);
  const text =
    wave === undefined
      ? `The execution is now: ${markOf("execution", execution.status).word}.`
      : `Wave ${waveTitle(wave)} is now: ${markOf("wave", wave.status).word}.${decidedBy(wave)}`;
  return {
    type: "info",
    header: "This was decided meanwhile",
    text: `${text} Nothing was sent.`,
    isOver: true,
  };
}

function decidedBy({ approvedBy, comment }: Detail["waves"][number]): string {
  if (approvedBy === "") return "";
  return ` Approved by ${approvedBy}${comment === "" ? "" : `: “${comment}”`}.`;
}
