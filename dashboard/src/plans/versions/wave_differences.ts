// How a wave differs between two versions, in sentences.
import type { Schemas } from "../../api/schemas";
import { duration } from "../../format/durations";
import type { Wave } from "../content";
import { listed, ON_FAILURE, stepsOf, wavesNamed } from "../plan/waves";
import { stepDifferences, stepsAdded } from "./step_differences";
import type { Pair } from "./waves_paired";

export type NameOfGroup = (groupId: string) => string;

/** What a wave of the other version is called in this one: dependencies are compared by waves, not by numbers. */
export type NumberAfter = (numberBefore: number) => number | undefined;

interface Context {
  nameOf: NameOfGroup;
  numberAfter: NumberAfter;
}

export function waveDifferences({ before, after }: Pair, context: Context): string[] {
  if (before === undefined) return after === undefined ? [] : added(after, context.nameOf);
  if (after === undefined) return ["Removed."];
  return [
    ...(before.name === after.name ? [] : [`Is called ${after.name} (before: ${before.name}).`]),
    ...(before.number === after.number ? [] : [`Is wave ${after.number} (before: wave ${before.number}).`]),
    ...groups(before, after, context.nameOf),
    ...dependencies(before, after, context.numberAfter),
    ...rules(before, after),
    ...stepDifferences(before, after),
  ];
}

function added(wave: Wave, nameOf: NameOfGroup): string[] {
  const groupNames = listed(wave.protectionGroupIds.map(nameOf));
  const steps = stepsOf(wave);
  return [
    `Added with ${wave.protectionGroupIds.length === 1 ? "the group" : "the groups"} ${groupNames}.`,
    `${waits(wave.dependsOn)}.`,
    `A failure ${ON_FAILURE[wave.onFailure]}; ${success(wave.minSuccessPercent)}; limit ${duration(60 * wave.timeoutMinutes)}.`,
    ...(wave.delaySeconds === 0 ? [] : [`Starts ${duration(wave.delaySeconds)} later.`]),
    ...(wave.approvalRequired ? ["Approval required."] : []),
    ...(steps === "" ? [] : stepsAdded(wave)),
  ];
}

function groups(before: Wave, after: Wave, nameOf: NameOfGroup): string[] {
  const [old, now] = [before.protectionGroupIds, after.protectionGroupIds];
  const sentences = [
    ...now.filter((id) => !old.includes(id)).map((id) => `Group ${nameOf(id)} added.`),
    ...old.filter((id) => !now.includes(id)).map((id) => `Group ${nameOf(id)} removed.`),
  ];
  const isReordered = sentences.length === 0 && old.join() !== now.join();
  return isReordered ? ["The groups are in another order."] : sentences;
}

function dependencies(before: Wave, after: Wave, numberAfter: NumberAfter): string[] {
  // A wave that is gone keeps its number of before, with a sign that no number of today has.
  const old = before.dependsOn.map((number) => numberAfter(number) ?? -number);
  if (sortedText(old) === sortedText(after.dependsOn)) return [];
  const was = before.dependsOn.length === 0 ? "nothing" : wavesNamed(before.dependsOn);
  return [`${waits(after.dependsOn)} (before: ${was}).`];
}

function rules(before: Wave, after: Wave): string[] {
  return [
    changed("Approval", required(before.approvalRequired), required(after.approvalRequired)),
    changed("A failure", ON_FAILURE[before.onFailure], ON_FAILURE[after.onFailure]),
    changed("Enough is:", success(before.minSuccessPercent), success(after.minSuccessPercent)),
    changed("Time limit", duration(60 * before.timeoutMinutes), duration(60 * after.timeoutMinutes)),
    changed("Delay", duration(before.delaySeconds), duration(after.delaySeconds)),
  ].filter(Boolean);
}

/** "Time limit 1 h (before: 2 h)." */
export function changed(what: string, before: string, after: string): string {
  return before === after ? "" : `${what} ${after} (before: ${before}).`;
}

const waits = (numbers: readonly number[]): string =>
  numbers.length === 0 ? "Waits for nothing" : `Waits for ${wavesNamed(numbers)}`;
const required = (isRequired: boolean): string => (isRequired ? "required" : "not required");
const success = (percent: Schemas["Wave"]["minSuccessPercent"]): string =>
  percent === null ? "all CRITICAL servers" : `${percent} % of the servers`;
const sortedText = (numbers: readonly number[]): string => [...numbers].sort((a, b) => a - b).join();
