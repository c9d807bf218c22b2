import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { Suspense, useState } from "react";
import type { Schemas } from "../../api/schemas";
import { AppButton } from "../../parts/AppButton";
import { lazyPart } from "../../parts/lazy_part";
import { useUser, whyNot } from "../../session/permissions";
import { editPath, startPath } from "../paths";
import { whyNotStartAny } from "../start/who";

const DeleteDialog = lazyPart(() => import("./DeleteDialog"));

/** What can be done with a plan; what the person may not do says why. */
export function PlanActions({ plan }: { plan: Schemas["PlanDetail"] }) {
  const [isDeleting, setDeleting] = useState(false);
  const user = useUser();
  const noEdit = whyNot(user, "PUT /recovery-plans/{planId}");
  const noDelete = whyNot(user, "DELETE /recovery-plans/{planId}");
  const noStart = whyNotStartAny(user);
  return (
    <SpaceBetween direction="horizontal" size="xs">
      <Button disabled={noDelete !== ""} disabledReason={noDelete} onClick={() => setDeleting(true)}>
        Delete …
      </Button>
      <AppButton to={editPath(plan.planId)} disabled={noEdit !== ""} disabledReason={noEdit}>
        Edit
      </AppButton>
      <AppButton
        to={startPath(plan.planId)}
        variant="primary"
        disabled={noStart !== ""}
        disabledReason={noStart}
      >
        Start …
      </AppButton>
      {isDeleting ? (
        <Suspense>
          <DeleteDialog plan={plan} close={() => setDeleting(false)} />
        </Suspense>
      ) : null}
    </SpaceBetween>
  );
}
