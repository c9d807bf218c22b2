import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input, { type InputProps } from "@cloudscape-design/components/input";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { useAway } from "../live/away";
import { DialogButtons } from "../parts/DialogButtons";
import { isTyped } from "./typed";

interface Props {
  /** Verb, mode and name: "Start RECOVERY of storefront?" */
  title: string;
  children: ReactNode;
  /** What has to be typed; empty: nothing. */
  toType?: string;
  /** Named after what stays: "Not now". */
  safe: string;
  /** Named after the act. */
  act: string;
  /** While it is under way: "Deleting". */
  acting?: string;
  isActing: boolean;
  /** Why the act cannot be done now. */
  whyNot?: string;
  onAct: () => void;
  onClose: () => void;
}

/** The last question before an act: what happens, what has to be typed, a safe button and one named after the act. */
export function ConfirmDialog({
  title,
  children,
  toType = "",
  safe,
  act,
  acting = "",
  isActing,
  whyNot = "",
  onAct,
  onClose,
}: Props) {
  const [typed, setTyped] = useState("");
  const field = useRef<InputProps.Ref>(null);
  const safeButton = useRef<{ focus(): void }>(null);
  useEffect(() => {
    if (toType === "") safeButton.current?.focus();
    else field.current?.focus();
  }, [toType]);
  const away = useAway();
  const reason = away || whyNot || (toType === "" || isTyped(typed, toType) ? "" : `Type “${toType}” first.`);
  const isReady = reason === "" && !isActing;
  return (
    <Modal
      visible
      header={title}
      closeAriaLabel="Close"
      onDismiss={() => (isActing ? undefined : onClose())}
      footer={
        <DialogButtons>
          <Button ref={safeButton} disabled={isActing} onClick={onClose}>
            {safe}
          </Button>
          <Button
            variant="primary"
            loading={isActing}
            loadingText={acting}
            disabled={!isReady}
            {...(reason === "" ? {} : { disabledReason: reason })}
            onClick={onAct}
          >
            {act}
          </Button>
        </DialogButtons>
      }
    >
      <SpaceBetween size="m">
        {children}
        {toType === "" ? null : (
          <FormField label={<>To confirm, type “{toType}”</>}>
            <Input
              ref={field}
              value={typed}
              disabled={isActing}
              autoComplete={false}
              spellcheck={false}
              onChange={({ detail }) => setTyped(detail.value)}
              onKeyDown={({ detail }) => (detail.key === "Enter" && isReady ? onAct() : undefined)}
            />
          </FormField>
        )}
      </SpaceBetween>
    </Modal>
  );
}
