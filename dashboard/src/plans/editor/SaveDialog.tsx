import { Suspense } from "react";
import { ConfirmDialog } from "../../acts/ConfirmDialog";
import type { ActInput } from "../../api/client";
import type { ApiFailure } from "../../api/failure";
import { useAct } from "../../live/use_act";
import { lazyPart } from "../../parts/lazy_part";
import { bodyOf } from "../content";
import { Refused } from "../Refused";
import { groupName } from "../use_groups";
import { Changes } from "../versions/Changes";
import { differences } from "../versions/differences";
import { useEdit } from "./EditContext";

const StaleDialog = lazyPart(() => import("./StaleDialog"));

interface Props {
  planId: string | undefined;
  /** Made when the page opens: a plan is created once, however often that is tried. */
  createKey: string;
  onSaved: (planId: string) => void;
  onClose: () => void;
}

/** What is saved, in sentences, before it is saved. */
export default function SaveDialog({ planId, createKey: key, onSaved, onClose }: Props) {
  const { edit, groups } = useEdit();
  const create = useAct("post", "/recovery-plans", ["/recovery-plans"]);
  const update = useAct("put", "/recovery-plans/{planId}", ["/recovery-plans", "/recovery-plans/{planId}"]);
  const act = planId === undefined ? create : update;
  const isStale = act.error?.code === "StaleVersion";
  const options = {
    onSuccess: (saved: { planId: string }) => onSaved(saved.planId),
    onError: (failure: ApiFailure) => edit.refuse(failure),
  };
  const save = () => {
    const body = bodyOf(edit.content);
    if (planId === undefined) create.mutate({ body, key }, options);
    else update.mutate(updateOf(planId, { ...body, version: edit.baseVersion }), options);
  };
  if (isStale && planId !== undefined) {
    return (
      <Suspense>
        <StaleDialog planId={planId} onClose={onClose} />
      </Suspense>
    );
  }
  const next = edit.baseVersion + 1;
  // A new plan is shown as a whole: what it began with was never saved.
  const before = planId === undefined ? { ...edit.base, waves: [] } : edit.base;
  const changes = differences(before, edit.content, (id) => groupName(groups, id));
  return (
    <ConfirmDialog
      title={
        planId === undefined
          ? `Create the plan ${edit.content.name}?`
          : `Save version ${next} of ${edit.base.name}?`
      }
      safe="Go on editing"
      act={planId === undefined ? "Create the plan" : `Save version ${next}`}
      isActing={act.isPending}
      onAct={save}
      onClose={onClose}
    >
      <Changes changes={changes} none="Nothing has been changed." />
      {act.error === null ? null : <Refused failure={act.error} what="Nothing was saved" />}
    </ConfirmDialog>
  );
}

type Update = ActInput<"put", "/recovery-plans/{planId}">;

const updateOf = (planId: string, body: Update["body"]): Update => ({ path: { planId }, body });
