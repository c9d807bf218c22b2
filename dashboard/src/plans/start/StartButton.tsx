import type { Schemas } from "../../api/schemas";
import { AppButton } from "../../parts/AppButton";
import { useUser } from "../../session/permissions";
import { startPath } from "../paths";
import { whyNotStartAny } from "./who";

interface Props {
  row: Schemas["PlanSummary"];
  variant?: "normal" | "inline-link";
}

/** Leads to the page where a plan is started; says why somebody may not, or why it is not possible now. */
export function StartButton({ row: { plan, runningExecutionId }, variant = "normal" }: Props) {
  const running = runningExecutionId === "" ? "" : "It runs now; a plan runs once at a time.";
  const reason = whyNotStartAny(useUser()) || running;
  return (
    <AppButton
      to={startPath(plan.planId)}
      variant={variant}
      ariaLabel={`Start … ${plan.name}`}
      disabled={reason !== ""}
      disabledReason={reason}
    >
      Start …
    </AppButton>
  );
}
