// What a start will do, in sentences made from the preflight: nothing here is known from elsewhere.
import type { Schemas } from "../../api/schemas";
import { duration } from "../../format/durations";
import { counted, number } from "../../format/numbers";
import { listed } from "../plan/waves";
import type { StartSummary } from "../preflight/check";

type Mode = Schemas["Mode"];
type Tone = "plain" | "attention";

export interface Sentence {
  text: string;
  tone: Tone;
}

const NAMED = 5;

export function whatWillHappen(mode: Mode, summary: StartSummary): Sentence[] {
  return [
    plain(launches(summary)),
    attention(olderData(summary)),
    attention(leftOut(summary)),
    attention(existing(mode, summary)),
    attention(preempted(mode, summary)),
    plain(approvals(summary)),
  ].filter(({ text }) => text !== "");
}

/** The first sentences of the last question, with the numbers of the preflight; `replaced` instances of a recovery. */
export function consequence(
  mode: Mode,
  plan: Pick<Schemas["RecoveryPlan"], "cleanup">,
  summary: StartSummary,
  replaced = 0,
): string[] {
  const { launchCount, places } = summary;
  const ofEarlierDrills = ofDrills(summary.existingInstances["DRILL"] ?? 0);
  if (mode === "DRILL") {
    const verb = launchCount === 1 ? "instance is launched and costs" : "instances are launched and cost";
    return [
      `${number(launchCount)} ${verb} money until they are terminated: ${cleanupOf(plan)}.`,
      leftOut(summary),
      ofEarlierDrills,
    ].filter(Boolean);
  }
  const accounts = new Set(places.map(({ accountId }) => accountId)).size;
  const one = launchCount === 1;
  return [
    `${counted(launchCount, "server")} ${one ? "launches" : "launch"} in ${counted(accounts, "account")} and ${one ? "goes" : "go"} into production use.`,
    "Source servers are not stopped: if they still run, the same service may run twice.",
    leftOut(summary),
    ofEarlierDrills,
    ofReplaced(replaced),
    preempted(mode, summary),
  ].filter(Boolean);
}

function ofReplaced(count: number): string {
  if (count === 0) return "";
  const are = count === 1 ? "is" : "are";
  return `${counted(count, "instance")} of an earlier recovery, perhaps your production, ${are} terminated for it; what was written there since is lost.`;
}

/** "automatically 1 h after a good end", or that it has to be done by hand. */
export function cleanupOf({ cleanup }: Pick<Schemas["RecoveryPlan"], "cleanup">): string {
  const { onSuccessMinutes, onFailureMinutes } = cleanup;
  const ends = [
    onSuccessMinutes === null ? "" : `${duration(60 * onSuccessMinutes)} after a good end`,
    onFailureMinutes === null ? "" : `${duration(60 * onFailureMinutes)} after another end`,
  ].filter(Boolean);
  return ends.length === 0 ? "that has to be done by hand" : `automatically ${ends.join(", ")}`;
}

function launches({ launchCount, waveCount, places }: StartSummary): string {
  const where = places.map((place) => `${number(place.launchCount)} in ${place.accountId} ${place.region}`);
  if (launchCount === 0) return "No server can launch.";
  return `${counted(launchCount, "server")} in ${counted(waveCount, "wave")}: ${where.join(", ")}.`;
}

function olderData({ olderDataCount }: StartSummary): string {
  if (olderDataCount === 0) return "";
  return olderDataCount === 1
    ? "1 launches from older data."
    : `${number(olderDataCount)} launch from older data.`;
}

function leftOut({ excludedCount, excluded }: StartSummary): string {
  if (excludedCount === 0) return "";
  const names = excluded
    .slice(0, NAMED)
    .map(({ hostname, impact, reason }) => `${hostname} (${impact}): ${reason}`);
  const more = excludedCount > names.length ? ` And ${number(excludedCount - names.length)} more.` : "";
  const verb = excludedCount === 1 ? "server cannot launch and is" : "servers cannot launch and are";
  return `${number(excludedCount)} ${verb} left out. ${names.join(" ")}${more}`;
}

function existing(mode: Mode, { existingInstances }: StartSummary): string {
  const drills = existingInstances["DRILL"] ?? 0;
  const others = (existingInstances["RECOVERY"] ?? 0) + (existingInstances["UNKNOWN"] ?? 0);
  return [ofDrills(drills), ofRecoveries(mode, others)].filter(Boolean).join(" ");
}

function ofDrills(count: number): string {
  if (count === 0) return "";
  const are =
    count === 1 ? "of an earlier drill is still there and is" : "of earlier drills are still there and are";
  return `${counted(count, "instance")} ${are} replaced.`;
}

function ofRecoveries(mode: Mode, count: number): string {
  if (count === 0) return "";
  const exist = count === 1 ? "exists" : "exist";
  const then = mode === "DRILL" ? "a drill never replaces them" : "they stay unless you replace them below";
  return `${counted(count, "instance")} that may be production ${exist}: ${then}.`;
}

function preempted(mode: Mode, { preempts }: StartSummary): string {
  if (mode === "DRILL") return "";
  if (preempts.length === 0) return "";
  const drills = preempts.map(
    ({ planName, serverCount }) => `${planName} (${counted(serverCount, "server")})`,
  );
  const one = drills.length === 1;
  return `The ${one ? "DRILL" : "DRILLs"} ${listed(drills)} ${one ? "is" : "are"} cancelled for it.`;
}

function approvals({ approvals }: StartSummary): string {
  if (approvals.length === 0) return "";
  const waves = approvals.map(({ waveNumber, waveName }) => `${waveNumber} (${waveName})`);
  const one = approvals.length === 1;
  const who = approvals.some(({ byAnother }) => byAnother) ? " by somebody else than you" : "";
  return `${one ? "Wave" : "Waves"} ${listed(waves)} ${one ? "needs" : "need"} an approval${who}.`;
}

export const plain = (text: string): Sentence => ({ text, tone: "plain" });
export const attention = (text: string): Sentence => ({ text, tone: "attention" });
