import Alert from "@cloudscape-design/components/alert";
import type { ReactNode } from "react";
import type { ApiFailure } from "../api/failure";
import { ActFailure } from "./ActFailure";
import { ConfirmDialog } from "./ConfirmDialog";

interface Props {
  /** Verb and name: "Delete the group web-east?" */
  title: string;
  /** What happens, then what does not or cannot be undone. */
  children: ReactNode;
  /** What has to be typed; empty for acts that need no typing. */
  toType?: string;
  /** Named after what stays: "Keep". */
  safe: string;
  /** Named after the act: "Delete group". */
  dangerous: string;
  /** While it is under way: "Deleting". */
  underWay: string;
  isPending: boolean;
  failure: ApiFailure | null;
  onConfirm: () => void;
  onLeave: () => void;
}

/** Asks before an act that cannot be taken back, and shows why the API refused it. */
export function Confirmation(props: Props) {
  const {
    title,
    children,
    toType = "",
    safe,
    dangerous,
    underWay,
    isPending,
    failure,
    onConfirm,
    onLeave,
  } = props;
  return (
    <ConfirmDialog
      title={title}
      toType={toType}
      safe={safe}
      act={dangerous}
      acting={underWay}
      isActing={isPending}
      onAct={onConfirm}
      onClose={onLeave}
    >
      {toType === "" ? <div>{children}</div> : <Alert type="warning">{children}</Alert>}
      <ActFailure failure={failure} />
    </ConfirmDialog>
  );
}
