import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { AppButton } from "../../parts/AppButton";
import type { Edit } from "./use_draft";

interface Props {
  edit: Edit;
  back: string;
  /** Why it cannot be saved now. */
  reason: string;
  next: number;
  save: () => void;
}

export function EditorActions({ edit, back, reason, next, save }: Props) {
  return (
    <SpaceBetween direction="horizontal" size="xs">
      <Button iconName="undo" ariaLabel="Undo" disabled={!edit.canUndo} onClick={edit.undo} />
      <Button iconName="redo" ariaLabel="Redo" disabled={!edit.canRedo} onClick={edit.redo} />
      <AppButton to={back}>Cancel</AppButton>
      <Button variant="primary" disabled={reason !== ""} disabledReason={reason} onClick={save}>
        Save version {next} …
      </Button>
    </SpaceBetween>
  );
}
