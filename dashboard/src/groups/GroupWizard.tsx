import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Wizard from "@cloudscape-design/components/wizard";
import { type ReactNode, Suspense, useState } from "react";
import { lazyPart } from "../parts/lazy_part";
import { Waiting } from "../parts/Waiting";
import { type GroupDraft, missing, type Step } from "./group_draft";
import { PlaceStep } from "./PlaceStep";

const SelectionStep = lazyPart(() => import("./SelectionStep"));
const SettingsStep = lazyPart(() => import("./SettingsStep"));
const ReviewStep = lazyPart(() => import("./ReviewStep"));

const STEPS: readonly Step[] = ["place", "selection", "settings", "review"];

interface Props {
  draft: GroupDraft;
  onChange: (draft: GroupDraft) => void;
  /** The group as it is saved; undefined for a new one. */
  saved?: GroupDraft | undefined;
  groupId?: string;
  submitText: string;
  isPending: boolean;
  /** Why it cannot be saved now; empty if it can. */
  whyNot: string;
  /** Refusals and what somebody else has saved: above the steps. */
  notices: ReactNode;
  onSubmit: () => void;
  onCancel: () => void;
}

/** The steps of making or changing a group. What was typed stays in the draft from step to step. */
export function GroupWizard(props: Props) {
  const { draft, onChange, saved, groupId = "", submitText, isPending, whyNot, notices } = props;
  const { onSubmit, onCancel } = props;
  const [active, setActive] = useState(0);
  const [problems, setProblems] = useState<string[]>([]);
  const step = {
    draft,
    isNew: saved === undefined,
    groupId,
    change: (part: Partial<GroupDraft>) => onChange({ ...draft, ...part }),
  };
  const firstProblem = (until: number) =>
    STEPS.slice(0, until).findIndex((each) => missing(draft, each).length > 0);
  const go = (wanted: number) => {
    const stop = firstProblem(wanted);
    const target = stop === -1 ? wanted : stop;
    setProblems(stop === -1 ? [] : missing(draft, STEPS[stop] ?? "review"));
    setActive(target);
  };
  const wrap = (content: ReactNode) => (
    <SpaceBetween size="m">
      {notices}
      {problems.length === 0 ? null : (
        <p role="alert" className="mark-failed sentence">
          {problems.join(" ")}
        </p>
      )}
      <Suspense fallback={<Waiting />}>{content}</Suspense>
    </SpaceBetween>
  );
  return (
    <Wizard
      activeStepIndex={active}
      allowSkipTo
      onNavigate={({ detail }) => go(detail.requestedStepIndex)}
      onCancel={onCancel}
      // The wizard's own last button cannot be disabled.
      customPrimaryActions={
        active === STEPS.length - 1 ? (
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onCancel}>
              Cancel
            </Button>
            <Button disabled={isPending} onClick={() => go(active - 1)}>
              Previous
            </Button>
            <Button
              variant="primary"
              loading={isPending}
              loadingText="Saving"
              disabled={whyNot !== ""}
              disabledReason={whyNot}
              onClick={onSubmit}
            >
              {submitText}
            </Button>
          </SpaceBetween>
        ) : undefined
      }
      steps={[
        { title: "Name and place", content: wrap(<PlaceStep {...step} />) },
        { title: "Servers and impact", content: wrap(<SelectionStep {...step} />) },
        { title: "Launch settings", isOptional: true, content: wrap(<SettingsStep {...step} />) },
        { title: "Review", content: wrap(<ReviewStep {...step} saved={saved} />) },
      ]}
    />
  );
}
