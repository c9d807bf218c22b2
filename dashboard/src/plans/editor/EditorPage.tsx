import "../plans.css";
import { useState } from "react";
import { useParams } from "react-router";
import { ONCE } from "../../live/pace";
import { useRead } from "../../live/use_read";
import { AppLink } from "../../parts/AppLink";
import { Loaded } from "../../parts/Loaded";
import { Page } from "../../parts/Page";
import { isNarrowNow } from "../../parts/use_narrow";
import { contentOf } from "../content";
import { PLANS, planPath } from "../paths";
import { WaveList } from "../plan/WaveList";
import { useGroups } from "../use_groups";
import { Editor } from "./Editor";
import { EMPTY } from "./edits";

/** Makes a plan, or edits one. */
export default function EditorPage() {
  const planId = useParams()["planId"];
  return planId === undefined ? <NewPlan /> : <EditPlan planId={planId} key={planId} />;
}

function NewPlan() {
  const [isNarrow] = useState(isNarrowNow);
  if (!isNarrow) return <Editor planId={undefined} start={EMPTY} version={0} />;
  return (
    <Page title="New plan" within="Plans">
      <LargerScreen />
      <AppLink to={PLANS}>Back to the plans</AppLink>
    </Page>
  );
}

function EditPlan({ planId }: { planId: string }) {
  const [isNarrow] = useState(isNarrowNow);
  const groups = useGroups().data;
  // Not read again by itself: the edit is based on what was read.
  const plan = useRead("/recovery-plans/{planId}", { path: { planId } }, { pace: ONCE });
  if (plan.data !== undefined && !isNarrow) {
    return <Editor planId={planId} start={contentOf(plan.data)} version={plan.data.version} />;
  }
  return (
    <Page title={plan.data?.name ?? "Edit the plan"} within="Plans">
      <Loaded result={plan} what="The plan">
        {({ waves }) => (
          <>
            <LargerScreen />
            <WaveList waves={waves} groups={groups} />
            <AppLink to={planPath(planId)}>Back to the plan</AppLink>
          </>
        )}
      </Loaded>
    </Page>
  );
}

/** Decided once: turning the device or making the window small loses nothing that was typed. */
const LargerScreen = () => <p className="plan-text">Open this on a larger screen to edit the plan.</p>;
