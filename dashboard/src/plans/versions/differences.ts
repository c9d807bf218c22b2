// How two versions of a plan differ, in sentences grouped by wave. Any difference of content has at least one sentence.
import { duration } from "../../format/durations";
import { counted } from "../../format/numbers";
import { type Content, contentOf } from "../content";
import { listed } from "../plan/waves";
import { isSame } from "./step_differences";
import { changed, type NameOfGroup, waveDifferences } from "./wave_differences";
import { type Pair, paired } from "./waves_paired";

export interface Change {
  /** "The plan", "Wave 3 Web". */
  title: string;
  sentences: string[];
}

export function differences(before: Content, after: Content, nameOf: NameOfGroup): Change[] {
  const pairs = paired(before.waves, after.waves);
  const numberAfter = (number: number) => pairs.find((pair) => pair.before?.number === number)?.after?.number;
  const ofPlan = { title: "The plan", sentences: planDifferences(contentOf(before), contentOf(after)) };
  const ofWaves = pairs.map((pair) => ({
    title: titleOf(pair),
    sentences: waveDifferences(pair, { nameOf, numberAfter }),
  }));
  return [ofPlan, ...ofWaves].filter(({ sentences }) => sentences.length > 0);
}

function titleOf({ before, after }: Pair): string {
  const wave = after ?? before;
  return `Wave ${wave?.number} ${wave?.name}`;
}

type Sentences = {
  [F in Exclude<keyof Content, "waves">]: (before: Content[F], after: Content[F]) => string[];
};

// The compiler demands every field, so that no difference goes unsaid.
const OF_PLAN: Sentences = {
  name: (a, b) => [a === "" && b !== "" ? `Is called ${b}.` : changed("Is called", a, b)],
  description: (a, b) => [
    a === b ? "" : b === "" ? "The description is removed." : `The description is: “${b}”`,
  ],
  owner: (a, b) => [changed("Owner", a || "nobody", b || "nobody")],
  rtoMinutes: (a, b) => [changed("RTO", target(a), target(b))],
  rpoMinutes: (a, b) => [changed("RPO", target(a), target(b))],
  timeoutMinutes: (a, b) => [changed("Time limit of a run", limit(a), limit(b))],
  drillTargetDays: (a, b) => [changed("A drill is due every", days(a), days(b))],
  priority: (a, b) => [changed("Priority", `${a}`, `${b}`)],
  approval: (a, b) => [
    changed("Approval by two persons", demanded(a.twoPerson), demanded(b.twoPerson)),
    changed("An approval is waited for", time(a.timeoutMinutes), time(b.timeoutMinutes)),
  ],
  cleanup: (a, b) => [
    changed("Instances of a drill that ends well are", kept(a.onSuccessMinutes), kept(b.onSuccessMinutes)),
    changed(
      "Instances of a drill that ends otherwise are",
      kept(a.onFailureMinutes),
      kept(b.onFailureMinutes),
    ),
  ],
  schedule: (a, b) => (isSame(a, b) ? [] : scheduleDifferences(a, b)),
  notificationEmails: (a, b) => [
    ...b.filter((email) => !a.includes(email)).map((email) => `${email} is told.`),
    ...a.filter((email) => !b.includes(email)).map((email) => `${email} is no longer told.`),
    listed(a) !== listed(b) && listed([...a].sort()) === listed([...b].sort())
      ? "The addresses are in another order."
      : "",
  ],
};

function planDifferences(before: Content, after: Content): string[] {
  const of = <F extends keyof Sentences>(field: F) => OF_PLAN[field](before[field], after[field]);
  return (Object.keys(OF_PLAN) as (keyof Sentences)[]).flatMap((field) => of(field)).filter(Boolean);
}

function scheduleDifferences(before: Content["schedule"], after: Content["schedule"]): string[] {
  if (after === null) return ["Drills no longer start by themselves."];
  if (before === null) return [`Drills start by the schedule ${after.cron} in ${after.timeZone}.`];
  return [
    changed("Schedule", before.cron, after.cron),
    changed("Time zone of the schedule", before.timeZone, after.timeZone),
    isSame(before.blackouts, after.blackouts)
      ? ""
      : changed("Times without drills:", blackouts(before.blackouts), blackouts(after.blackouts)) ||
        "The times without drills are changed.",
  ];
}

type Blackouts = NonNullable<Content["schedule"]>["blackouts"];

function blackouts(all: Blackouts): string {
  if (all.length === 0) return "none";
  return listed(
    all.map(({ start, end, weekdays, fromTime, toTime }) =>
      start !== null || end !== null
        ? `${start} to ${end}`
        : `${weekdays.join(", ")} ${fromTime} to ${toTime}`,
    ),
  );
}

const time = (minutes: number): string => duration(60 * minutes);
const target = (minutes: number | null): string => (minutes === null ? "no target" : time(minutes));
const limit = (minutes: number | null): string => (minutes === null ? "none" : time(minutes));
const kept = (minutes: number | null): string =>
  minutes === null ? "kept" : `terminated after ${time(minutes)}`;
const days = (between: number | null): string => (between === null ? "the default" : counted(between, "day"));
const demanded = (isDemanded: boolean): string => (isDemanded ? "demanded" : "not demanded");
