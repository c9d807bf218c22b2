import { ConfirmDialog } from "../../acts/ConfirmDialog";
import type { Schemas } from "../../api/schemas";
import { useAct } from "../../live/use_act";
import { bodyOf } from "../content";
import { Refused } from "../Refused";
import { groupName, useGroups } from "../use_groups";
import { Changes } from "./Changes";
import { differences } from "./differences";

interface Props {
  plan: Schemas["PlanDetail"];
  version: Schemas["RecoveryPlan"];
  close: () => void;
}

/** Saves the content of an earlier version as the next one, after showing what that changes. */
export default function RestoreDialog({ plan, version, close }: Props) {
  const groups = useGroups().data;
  const act = useAct("put", "/recovery-plans/{planId}", ["/recovery-plans", "/recovery-plans/{planId}"]);
  const next = plan.version + 1;
  const changes = differences(plan, version, (id) => groupName(groups, id));
  const path = { planId: plan.planId };
  return (
    <ConfirmDialog
      title={`Restore version ${version.version} of ${plan.name} as version ${next}?`}
      safe={`Keep version ${plan.version}`}
      act={`Save version ${next}`}
      isActing={act.isPending}
      whyNot={changes.length === 0 ? "The current version says the same." : ""}
      onAct={() =>
        act.mutate({ path, body: { ...bodyOf(version), version: plan.version } }, { onSuccess: close })
      }
      onClose={close}
    >
      <p className="plan-text">
        This is what changes against version {plan.version}. An execution that runs keeps its version.
      </p>
      <Changes changes={changes} none="Nothing: the current version says the same." />
      {act.error === null ? null : <Refused failure={act.error} what="Nothing was saved" />}
    </ConfirmDialog>
  );
}
