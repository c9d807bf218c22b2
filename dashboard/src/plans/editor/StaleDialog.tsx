import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import type { Schemas } from "../../api/schemas";
import { useRead } from "../../live/use_read";
import { DialogButtons } from "../../parts/DialogButtons";
import { Loaded } from "../../parts/Loaded";
import { Time } from "../../parts/Time";
import { contentOf } from "../content";
import { groupName } from "../use_groups";
import { Changes } from "../versions/Changes";
import { differences } from "../versions/differences";
import { useEdit } from "./EditContext";
import { onTop } from "./on_top";

interface Props {
  planId: string;
  onClose: () => void;
}

/** Somebody else has saved a version while this one was edited: nothing of either is lost. */
export default function StaleDialog({ planId, onClose }: Props) {
  const { edit } = useEdit();
  const plan = useRead("/recovery-plans/{planId}", { path: { planId } });
  // What was read before the conflict is not what was saved meanwhile.
  const current = plan.data !== undefined && plan.data.version > edit.baseVersion ? plan.data : undefined;
  const take = (content: ReturnType<typeof contentOf>) => {
    if (current === undefined) return;
    edit.rebase(contentOf(current), current.version, content);
    onClose();
  };
  return (
    <Modal
      visible
      header="Somebody else has saved this plan meanwhile"
      closeAriaLabel="Close"
      onDismiss={onClose}
      size="large"
      footer={
        <DialogButtons>
          <Button onClick={onClose}>Go on editing</Button>
          <Button disabled={current === undefined} onClick={() => current && take(contentOf(current))}>
            Discard mine
          </Button>
          <Button
            variant="primary"
            disabled={current === undefined}
            onClick={() => current && take(onTop(edit.base, edit.content, contentOf(current)))}
          >
            Put my changes on top
          </Button>
        </DialogButtons>
      }
    >
      <Loaded result={plan} what="The version that was saved meanwhile">
        {() =>
          current === undefined ? (
            "Asking for the version that was saved meanwhile …"
          ) : (
            <Both current={current} />
          )
        }
      </Loaded>
    </Modal>
  );
}

function Both({ current }: { current: Schemas["PlanDetail"] }) {
  const { edit, groups } = useEdit();
  const [isShown, setShown] = useState(false);
  const nameOf = (id: string) => groupName(groups, id);
  const merged = onTop(edit.base, edit.content, contentOf(current));
  return (
    <SpaceBetween size="m">
      <p className="plan-text">
        {current.updatedBy || "Somebody"} saved version {current.version} at{" "}
        <Time at={current.updatedAt} as="near" withZone /> while you were editing version {edit.baseVersion}.
        Nothing of yours is lost, and nothing has been saved.
      </p>
      <Button ariaExpanded={isShown} onClick={() => setShown(!isShown)}>
        {isShown ? "Hide what changed" : "See what changed"}
      </Button>
      {isShown ? (
        <Changes
          changes={differences(edit.base, contentOf(current), nameOf)}
          none="The versions say the same."
        />
      ) : null}
      <p className="plan-text">
        <strong>Your changes on top of version {current.version}</strong> (they are shown once more before
        they are saved):
      </p>
      <Changes
        changes={differences(contentOf(current), merged, nameOf)}
        none="Nothing: that version has them all."
      />
    </SpaceBetween>
  );
}
