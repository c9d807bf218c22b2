import { ConfirmDialog } from "../../acts/ConfirmDialog";
import type { Schemas } from "../../api/schemas";
import type { StartSummary } from "../preflight/check";
import { Refused } from "../Refused";
import { RefusedStart } from "./RefusedStart";
import { consequence } from "./sentences";
import type { Start } from "./use_start";

interface Props {
  plan: Schemas["PlanDetail"];
  mode: Schemas["Mode"];
  summary: StartSummary;
  /** How many instances of an earlier recovery would be replaced. */
  replaced: number;
  start: Start;
  whyNot: string;
  onAct: () => void;
  onClose: () => void;
}

/** The last question before a start; of a RECOVERY with the plan's name to type. */
export default function StartDialog(props: Props) {
  const { plan, mode, summary, replaced, start, whyNot, onAct, onClose } = props;
  const { phase, failure } = start;
  return (
    <ConfirmDialog
      title={`Start ${mode} of ${plan.name}?`}
      toType={mode === "RECOVERY" ? plan.name : ""}
      safe="Not now"
      act={mode === "RECOVERY" ? `Start RECOVERY of ${plan.name}` : "Start DRILL"}
      isActing={phase === "sending" || phase === "asking-again"}
      whyNot={whyNot}
      onAct={onAct}
      onClose={onClose}
    >
      <div>
        {consequence(mode, plan, summary, replaced).map((sentence) => (
          <p key={sentence}>{sentence}</p>
        ))}
      </div>
      {phase === "asking-again" && failure !== undefined ? (
        <Refused failure={failure} what="">
          <span>
            The answer did not arrive. It is being asked again with the same key; nothing can start twice.
          </span>
        </Refused>
      ) : null}
      {phase === "refused" && failure !== undefined ? <RefusedStart failure={failure} /> : null}
    </ConfirmDialog>
  );
}
