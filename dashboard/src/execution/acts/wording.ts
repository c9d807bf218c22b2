// The words of the dialogs: what happens is the API's own sentence, everything else is here.
import { isTyped } from "../../acts/typed";
import { counted } from "../../format/numbers";
import { type Detail, launchedOf, type Offer, type Wave } from "../run";

export interface Wording {
  title: string;
  /** What happens beside the API's sentence, or cannot be undone. */
  more: string[];
  /** What has to be typed; empty if nothing. */
  toType: string;
  field: { label: string; isRequired: boolean } | null;
  safe: string;
  act: string;
  busy: string;
  isDangerous: boolean;
}

export interface Facts {
  /** Whether CRITICAL servers of the wave would be missing; null while that is not known. */
  criticalMissing?: boolean | null;
}

export function wordingOf(offer: Offer, detail: Detail, facts: Facts = {}): Wording {
  const { execution, waves } = detail;
  const wave = waves.find(({ waveNumber }) => waveNumber === offer.waveNumber);
  const run = `this ${execution.mode} of ${execution.planName}`;
  switch (offer.action) {
    case "PAUSE":
      return plain(
        `Pause ${run}?`,
        ["Time limits wait too. It goes on when somebody resumes it."],
        "Keep it running",
        "Pause",
        "Pausing …",
      );
    case "RESUME":
      return plain(`Resume ${run}?`, [], "Stay paused", "Resume", "Resuming …");
    case "CANCEL":
      return {
        ...plain(
          `Cancel ${run}?`,
          ["A cancelled run cannot go on; a new one can be started."],
          "Keep it running",
          `Cancel the ${execution.mode}`,
          "Cancelling …",
        ),
        toType: "cancel",
        isDangerous: true,
      };
    case "TERMINATE_INSTANCES":
      return terminating(offer, detail);
    case "DELETE":
      return {
        ...plain(
          `Delete ${run}?`,
          ["Its timeline goes with it; the audit log stays."],
          "Keep it",
          `Delete the ${execution.mode}`,
          "Deleting …",
        ),
        toType: "delete",
        isDangerous: true,
      };
    default:
      return onWave(offer, wave, detail, facts);
  }
}

/** The label of the button that opens the dialog. */
export function labelOf(offer: Offer, wave: Wave | undefined): string {
  switch (offer.action) {
    case "PAUSE":
      return "Pause";
    case "RESUME":
      return "Resume";
    case "CANCEL":
      return "Cancel …";
    case "TERMINATE_INSTANCES":
      return "Terminate instances …";
    case "DELETE":
      return "Delete …";
    case "APPROVE":
      return "Approve …";
    case "RETRY":
      return "Retry …";
    case "SKIP":
      return "Skip …";
    case "REJECT":
      return wave?.status === "AWAITING_DECISION" ? "Give up …" : "Reject …";
  }
}

/** Whether everything has been said and typed that the dialog demands. */
export function isReady(
  { toType, field }: Wording,
  { typed, text }: { typed: string; text: string },
): boolean {
  return (toType === "" || isTyped(typed, toType)) && (!field?.isRequired || text.trim() !== "");
}

/** How many instances a termination would end, as the API counts them. */
export function instancesLeft(waves: readonly Wave[]): number {
  return waves.reduce((sum, wave) => sum + wave.launchedCount - (wave.counts?.terminated ?? 0), 0);
}

/** The waves that cannot start because this one will not, nearest first. */
export function dependentsOf(number: number, waves: readonly Wave[]): number[] {
  const found = new Set<number>();
  let edge = [number];
  while (edge.length > 0) {
    const next = waves.filter(
      ({ waveNumber, dependsOn }) =>
        !found.has(waveNumber) && dependsOn.some((needed) => edge.includes(needed)),
    );
    edge = next.map(({ waveNumber }) => waveNumber);
    for (const dependent of edge) found.add(dependent);
  }
  return [...found];
}

function onWave(offer: Offer, wave: Wave | undefined, { waves }: Detail, facts: Facts): Wording {
  const number = offer.waveNumber ?? 0;
  const short = `wave ${number}`;
  const name = wave === undefined ? short : `${short}, ${wave.name}`;
  switch (offer.action) {
    case "APPROVE":
      return {
        ...plain(`Approve ${name}?`, [], "Not yet", `Approve ${short}`, "Approving …"),
        field: COMMENT,
      };
    case "RETRY": {
      const again = wave === undefined ? 0 : toLaunchAgain(wave);
      const act = again > 0 ? `Launch ${counted(again, "server")} again` : `Try ${short} again`;
      return { ...plain(`Try ${name} again?`, [], "Back", act, "Trying again …"), field: COMMENT };
    }
    case "SKIP":
      return skipping(name, short, facts.criticalMissing ?? null);
    default:
      return rejecting(name, number, wave, waves);
  }
}

function skipping(name: string, short: string, criticalMissing: boolean | null): Wording {
  const about = {
    true: ["CRITICAL servers of it will be missing."],
    false: [],
    null: ["Whether CRITICAL servers of it will be missing is not known."],
  }[`${criticalMissing}`];
  return {
    ...plain(`Skip ${name}?`, about, "Back", `Skip ${short}`, "Skipping …"),
    field: REASON,
    toType: criticalMissing === false ? "" : "skip",
    isDangerous: true,
  };
}

function rejecting(name: string, number: number, wave: Wave | undefined, waves: readonly Wave[]): Wording {
  const isFailed = wave?.status === "AWAITING_DECISION";
  const dependents = dependentsOf(number, waves).length;
  const lost = dependents > 0 ? `${counted(dependents, "wave")} that depend on it will not start. ` : "";
  const [title, act, busy] = isFailed
    ? [`Give up ${name}?`, `Give up wave ${number}`, "Giving up …"]
    : [`Reject ${name}?`, `Reject wave ${number}`, "Rejecting …"];
  return {
    ...plain(title, [`${lost}What has launched stays.`], "Back", act, busy),
    field: { label: "Reason", isRequired: false },
    isDangerous: true,
  };
}

function terminating(offer: Offer, { execution, waves }: Detail): Wording {
  const left = instancesLeft(waves);
  const instances = counted(left, "instance");
  if (execution.mode === "DRILL") {
    return {
      ...plain(
        `Terminate ${instances} of this DRILL of ${execution.planName}?`,
        ["The source servers are not touched."],
        "Keep them",
        `Terminate ${instances}`,
        "Terminating …",
      ),
      toType: "terminate",
      isDangerous: true,
    };
  }
  const recovered = counted(left, "recovered instance");
  return {
    ...plain(
      `Terminate ${counted(left, "RECOVERED instance")} of ${execution.planName}?`,
      ["These may be your production. What was written to them since the recovery is lost for good."],
      "Keep them",
      `Terminate ${recovered}`,
      "Terminating …",
    ),
    toType: `${offer.confirm || execution.planName} ${left}`,
    field: REASON,
    isDangerous: true,
  };
}

const COMMENT = { label: "Comment", isRequired: false };
const REASON = { label: "Reason", isRequired: true };

function plain(title: string, more: string[], safe: string, act: string, busy: string): Wording {
  return { title, more, toType: "", field: null, safe, act, busy, isDangerous: false };
}

function toLaunchAgain(wave: Wave): number {
  const launched = launchedOf(wave.counts);
  return wave.counts === null || launched === null ? 0 : wave.counts.failed + wave.counts.notStarted;
}
