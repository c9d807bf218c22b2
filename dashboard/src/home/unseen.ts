// What failed without anybody looking: in which words, and where each leads.
import type { Schemas } from "../api/schemas";
import { counted } from "../format/numbers";
import type { Fact } from "../states/FactMark";

export type Unsent = Schemas["UnsentNotice"];
export type EvidenceProblem = Schemas["EvidenceProblem"];

const CHANNELS: Record<Schemas["Channel"], string> = { SNS: "SNS", EVENTBRIDGE: "EventBridge" };

/** "not sent by SNS, given up after 10 tries". */
export function unsentFact({ state, channels, tries }: Unsent): Fact {
  const by = channels.map((channel) => CHANNELS[channel]).join(" and ");
  const times = counted(tries, "attempt");
  return state === "GIVEN_UP"
    ? { family: "failed", glyph: "cross", text: `not sent by ${by}, given up after ${times}` }
    : { family: "attention", glyph: "warning", text: `not sent by ${by} yet, ${times}` };
}

/** Where what the notice says is to be seen: in the timeline of its execution, on the page of its plan, or of servers. */
export function unsentLink({ executionId, planId, waveNumber, event }: Unsent): string {
  if (executionId === "") {
    if (planId !== "") return `/plans/${planId}`;
    return event === "REPLICATION_STALLED" ? "/servers?sort=LAG" : "/settings/syncs";
  }
  return `/executions/${executionId}?view=timeline${waveNumber === null ? "" : `&wave=${waveNumber}`}`;
}

const PROBLEMS: Record<Schemas["EvidenceProblemKind"], Fact> = {
  CHANGED_BY_HAND: { family: "failed", glyph: "cross", text: "changed by hand" },
  NOT_SEALED: { family: "failed", glyph: "cross", text: "cannot be sealed" },
  LATE: { family: "attention", glyph: "warning", text: "not sealed in time" },
};

export function evidenceFact({ kind }: EvidenceProblem): Fact {
  return PROBLEMS[kind];
}

/** "the audit log of 2026-03-31", "the timeline of exec-01J…", "the audit log". */
export function evidenceSubject({ log, chain }: EvidenceProblem): string {
  const of = chain.slice(chain.indexOf("/") + 1);
  const what = log === "audit" ? "The audit log" : "The timeline";
  if (of === "") return log === "audit" ? what : "The timelines of executions";
  return `${what} of ${of}`;
}

/** Where the chain is verified: of its day, of its execution, or of today. */
export function evidenceLink({ log, chain }: EvidenceProblem): string {
  const of = encodeURIComponent(chain.slice(chain.indexOf("/") + 1));
  if (of === "") return "/audit/verify";
  return `/audit/verify?${log === "audit" ? "day" : "executionId"}=${of}`;
}
