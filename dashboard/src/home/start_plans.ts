// Which plans are offered to be started, and what is said of each.

import type { Schemas } from "../api/schemas";
import { roughDuration, secondsBetween } from "../format/durations";
import type { Fact } from "../states/FactMark";

export interface WantedPlans {
  /** The beginning of the name. */
  q: string;
  accountId: string;
  region: string;
}

/** The choice of a URL. What the API would refuse counts as not chosen. */
export function wantedPlans(params: URLSearchParams): WantedPlans {
  const account = params.get("account") ?? "";
  return {
    q: (params.get("plan") ?? "").trim().slice(0, 128),
    accountId: /^\d{12}$/.test(account) ? account : "",
    region: params.get("region") ?? "",
  };
}

export function foundInWords(wanted: WantedPlans, found: number, hasMore: boolean): string {
  const isNarrowed = Object.values(wanted).some((value) => value !== "");
  if (found > 0) return wanted.q === "" ? "Longest without a good drill first." : "";
  if (hasMore) return "None of the first plans matches; the list of all plans looks further.";
  return isNarrowed ? "No plan matches." : "There is no plan yet.";
}

/** How many of a plan's servers would launch, by the worst of them: "26 of 28 ready". */
export function readyOf(servers: Schemas["ServersReady"] | null): Fact {
  if (servers === null) return { family: "unknown", glyph: "question", text: "servers not counted yet" };
  const { serverCount, readyCount, degradedCount, blockedCount } = servers;
  const text = `${readyCount} of ${serverCount} ready`;
  if (blockedCount > 0) {
    return { family: "failed", glyph: "cross", text: `${text}, ${blockedCount} cannot launch` };
  }
  if (degradedCount > 0) {
    return { family: "attention", glyph: "warning", text: `${text}, ${degradedCount} with a fallback` };
  }
  return { family: "good", glyph: "check", text };
}

/** How long ago it was last drilled with success, against the target. */
export function drilledOf(
  { lastDrillAt, drillOverdue }: Pick<Schemas["PlanSummary"], "lastDrillAt" | "drillOverdue">,
  now: number,
): Fact {
  const text =
    lastDrillAt === null
      ? "never drilled"
      : `good drill ${roughDuration(secondsBetween(lastDrillAt, now))} ago`;
  if (drillOverdue) return { family: "attention", glyph: "warning", text: `${text}, overdue` };
  return { family: "inactive", glyph: lastDrillAt === null ? "ring" : "check", text };
}
