// What waits for a person in a run, oldest first.
import { ROLES_WITH } from "../api/generated/permissions";
import type { Schemas } from "../api/schemas";
import { counted, number } from "../format/numbers";
import { roleInWords } from "../session/permissions";
import { type Detail, needsPerson, type Offer, type Wave } from "./run";

export interface Decision {
  wave: Wave;
  kind: "APPROVAL" | "FAILED_WAVE";
  headline: string;
  since: string | null;
  until: string | null;
  /** What happens without a decision; empty where it was not read. */
  otherwise: string;
  /** The roles that may decide. */
  who: string;
  offers: Offer[];
}

type Open = Schemas["DecisionToMake"];

/** `open` are the decisions of all runs as the API lists them: they know what happens when nobody acts. */
export function decisionsOf(detail: Detail, open: readonly Open[]): Decision[] {
  return detail.waves
    .filter(needsPerson)
    .map((wave) => decisionOf(wave, detail, open))
    .sort((a, b) => (a.since ?? "").localeCompare(b.since ?? "") || a.wave.waveNumber - b.wave.waveNumber);
}

/** The offers on the execution as a whole, by their action. */
export function offersOnRun(detail: Detail): Offer[] {
  return detail.actions.filter(({ waveNumber }) => waveNumber === null);
}

export function offersOnWave(detail: Detail, number: number): Offer[] {
  return detail.actions.filter(({ waveNumber }) => waveNumber === number);
}

/** The offer that a link asks for: `do=approve&wave=4`, `do=pause`. */
export function offerOfLink(detail: Detail, act: string, wave: number | null): Offer | undefined {
  const action = act === "terminate" ? "TERMINATE_INSTANCES" : act.toUpperCase();
  return detail.actions.find(
    (offer) => offer.action === action && (offer.waveNumber === null || offer.waveNumber === wave),
  );
}

export function linkOf(offer: Offer): string {
  return offer.action === "TERMINATE_INSTANCES" ? "terminate" : offer.action.toLowerCase();
}

function decisionOf(wave: Wave, detail: Detail, open: readonly Open[]): Decision {
  const listed = open.find(
    ({ executionId, waveNumber }) =>
      executionId === detail.execution.executionId && waveNumber === wave.waveNumber,
  );
  const isApproval = wave.status === "AWAITING_APPROVAL";
  return {
    wave,
    kind: isApproval ? "APPROVAL" : "FAILED_WAVE",
    headline: isApproval
      ? `Wave ${wave.waveNumber} ${wave.name} needs an approval`
      : `Wave ${wave.waveNumber} ${wave.name}: ${failuresOf(wave)}, needs a decision`,
    since: listed?.since ?? (isApproval ? wave.approvalAskedAt : wave.decisionSince),
    until: listed?.until ?? wave.waitingFor?.until ?? null,
    otherwise: listed?.otherwise ?? "",
    who: rolesFor(offersOnWave(detail, wave.waveNumber)[0]),
    offers: offersOnWave(detail, wave.waveNumber),
  };
}

/** "Admin, Recovery manager", for the first thing that may be done. */
function rolesFor(offer: Offer | undefined): string {
  return offer === undefined ? "" : ROLES_WITH[offer.permission].map(roleInWords).join(", ");
}

function failuresOf(wave: Wave): string {
  return wave.failedCount > 0
    ? `${number(wave.failedCount)} of ${counted(wave.serverCount, "server")} failed`
    : "it failed";
}
