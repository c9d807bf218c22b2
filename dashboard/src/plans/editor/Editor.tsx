import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { Suspense, useRef, useState } from "react";
import { useNavigate } from "react-router";
import { newKey } from "../../api/client";
import { useRead } from "../../live/use_read";
import { lazyPart } from "../../parts/lazy_part";
import { Page } from "../../parts/Page";
import { Waiting } from "../../parts/Waiting";
import { useUser, whyNot } from "../../session/permissions";
import type { Content } from "../content";
import { PLANS, planPath } from "../paths";
import { isOpen } from "../runs";
import { useGroups } from "../use_groups";
import { EditContext } from "./EditContext";
import { EditorActions } from "./EditorActions";
import { moveWave, removeWave } from "./edits";
import { LeaveDialog } from "./LeaveDialog";
import { PlanForm } from "./PlanForm";
import { ProblemList } from "./ProblemList";
import { useDraft } from "./use_draft";
import { useEditorKeys } from "./use_editor_keys";
import { useSelectedWave } from "./use_selected_wave";
import { WaveForm } from "./WaveForm";
import { WaveNavigator } from "./WaveNavigator";

const EditGraph = lazyPart(() => import("./EditGraph"));
const SaveDialog = lazyPart(() => import("./SaveDialog"));

interface Props {
  /** Undefined: a new plan. */
  planId: string | undefined;
  start: Content;
  version: number;
}

/** The graph of the waves above, and the form of the plan or of the selected wave below: one draft, one selection. */
export function Editor({ planId, start, version }: Props) {
  const edit = useDraft(start, version);
  const groups = useGroups().data;
  const navigate = useNavigate();
  const [isSaving, setSaving] = useState(false);
  const isSaved = useRef(false);
  const [key] = useState(newKey);
  const [selected, select] = useSelectedWave(edit.content.waves.length);
  const noSave = whyNot(
    useUser(),
    planId === undefined ? "POST /recovery-plans" : "PUT /recovery-plans/{planId}",
  );
  const reason = noSave || whyNotSave(edit.hasChanges, edit.problems.length);
  const wave = edit.content.waves.find(({ number }) => number === selected);
  const move = (by: -1 | 1) => {
    const moved = moveWave(edit.content, selected, by);
    if (moved === edit.content) return;
    edit.change(moved);
    select(selected + by);
  };
  const removeSelected = () => {
    edit.change(removeWave(edit.content, selected));
    select(Math.min(selected, edit.content.waves.length - 1));
  };
  useEditorKeys(
    {
      save: () => (reason === "" ? setSaving(true) : undefined),
      ...{ undo: edit.undo, redo: edit.redo, move },
    },
    !isSaving,
  );
  const back = planId === undefined ? PLANS : planPath(planId);
  const next = edit.baseVersion + 1;
  return (
    <EditContext value={{ edit, groups }}>
      <Page
        title={planId === undefined ? "New plan" : `Edit ${edit.base.name}`}
        within="Plans"
        description={
          planId === undefined ? (
            "It is saved as version 1."
          ) : (
            <Becomes planId={planId} from={edit.baseVersion} />
          )
        }
        actions={<EditorActions {...{ edit, back, reason, next }} save={() => setSaving(true)} />}
      >
        <SpaceBetween size="m">
          <ProblemList problems={edit.problems} waves={edit.content.waves} select={select} />
          <Suspense fallback={<Waiting />}>
            <EditGraph {...{ selected, select, removeSelected }} />
          </Suspense>
          <div className="editor">
            <WaveNavigator selected={selected} select={select} />
            <Container
              header={<Header>{wave === undefined ? "The plan" : `Wave ${wave.number} ${wave.name}`}</Header>}
            >
              {wave === undefined ? <PlanForm /> : <WaveForm key={wave.number} wave={wave} />}
            </Container>
          </div>
        </SpaceBetween>
        <LeaveDialog isNeeded={() => edit.hasChanges && !isSaved.current} />
        {isSaving ? (
          <Suspense>
            <SaveDialog
              planId={planId}
              createKey={key}
              onClose={() => setSaving(false)}
              onSaved={(savedId) => {
                isSaved.current = true;
                navigate(planPath(savedId));
              }}
            />
          </Suspense>
        ) : null}
      </Page>
    </EditContext>
  );
}

function whyNotSave(hasChanges: boolean, problems: number): string {
  if (!hasChanges) return "Nothing has been changed.";
  return problems > 0 ? "Correct the problems first." : "";
}

function Becomes({ planId, from }: { planId: string; from: number }) {
  const newest = useRead("/executions", { query: { planId, limit: 1 } });
  const running = newest.data?.items.find(isOpen);
  return (
    <>
      Version {from} → {from + 1}
      {running === undefined ? "" : `. The running execution keeps version ${running.planVersion}.`}
    </>
  );
}
