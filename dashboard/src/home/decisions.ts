import type { Schemas } from "../api/schemas";
import type { Decision } from "./use_dashboard";

const NEEDS: Record<Schemas["DecisionKind"], string> = {
  APPROVAL: "needs an approval",
  FAILED_WAVE: "has failures and needs a decision",
};

export function needOf(decision: Decision): string {
  return NEEDS[decision.kind];
}

/** Where the decision is made: the execution, with the card open. */
export function decisionLink(decision: Decision): string {
  const act = decision.kind === "APPROVAL" ? "approve" : "decide";
  return `/executions/${decision.executionId}?wave=${decision.waveNumber}&do=${act}`;
}
