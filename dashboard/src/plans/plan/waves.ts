// What a plan says about its waves, in words.
import type { Schemas } from "../../api/schemas";
import { duration } from "../../format/durations";
import { counted } from "../../format/numbers";

type Wave = Schemas["Wave"];

/** "1", "1 and 2", "1, 2 and 3" */
export function listed(words: readonly (string | number)[]): string {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}

/** "wave 2", "waves 1 and 2" */
export function wavesNamed(numbers: readonly number[]): string {
  return `${numbers.length === 1 ? "wave" : "waves"} ${listed(numbers)}`;
}

/** "starts at once", "after wave 2, 5 min later" */
export function startOf(wave: Pick<Wave, "dependsOn" | "delaySeconds">): string {
  const { dependsOn, delaySeconds } = wave;
  const after = dependsOn.length === 0 ? "" : `after ${wavesNamed(dependsOn)}`;
  if (delaySeconds === 0) return after === "" ? "starts at once" : after;
  const later = duration(delaySeconds);
  return after === "" ? `starts after ${later}` : `${after}, ${later} later`;
}

export const ON_FAILURE: Record<Schemas["OnFailure"], string> = {
  STOP: "stops the run",
  CONTINUE: "lets the others go on",
  PAUSE: "asks a person",
};

/** "2 actions, 1 check", or nothing. */
export function stepsOf(wave: Pick<Wave, "preActions" | "postActions" | "validations">): string {
  const actions = wave.preActions.length + wave.postActions.length;
  return [
    actions > 0 ? counted(actions, "action") : "",
    wave.validations.length > 0 ? counted(wave.validations.length, "check") : "",
  ]
    .filter(Boolean)
    .join(", ");
}
