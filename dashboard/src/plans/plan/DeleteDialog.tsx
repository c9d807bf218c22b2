import { useNavigate } from "react-router";
import { ConfirmDialog } from "../../acts/ConfirmDialog";
import type { Schemas } from "../../api/schemas";
import { useAct } from "../../live/use_act";
import { PLANS } from "../paths";
import { Refused } from "../Refused";

export default function DeleteDialog({ plan, close }: { plan: Schemas["PlanDetail"]; close: () => void }) {
  const navigate = useNavigate();
  const act = useAct("delete", "/recovery-plans/{planId}", ["/recovery-plans"]);
  const { planId, version } = plan;
  return (
    <ConfirmDialog
      title={`Delete the plan ${plan.name}?`}
      toType={plan.name}
      safe="Keep"
      act="Delete plan"
      isActing={act.isPending}
      onAct={() => act.mutate({ path: { planId }, query: { version } }, { onSuccess: () => navigate(PLANS) })}
      onClose={close}
    >
      <span>Its versions and past executions stay readable. Scheduled drills end.</span>
      {act.error === null ? null : <Refused failure={act.error} what="The plan was not deleted" />}
    </ConfirmDialog>
  );
}
