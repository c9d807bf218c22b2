import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button, { type ButtonProps } from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input, { type InputProps } from "@cloudscape-design/components/input";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type FormEvent, type ReactNode, useEffect, useRef, useState } from "react";
import type { ApiFailure } from "../api/failure";
import { ActFailure } from "./ActFailure";
import { isTyped } from "./typed";

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

/** Asks before an act that cannot be taken back. Enter does nothing until the text is right; Escape is safe. */
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
  const [typed, setTyped] = useState("");
  const isRight = toType === "" || isTyped(typed, toType);
  const field = useRef<InputProps.Ref>(null);
  const safeButton = useRef<ButtonProps.Ref>(null);
  useEffect(() => {
    if (toType === "") safeButton.current?.focus();
    else field.current?.focus();
  }, [toType]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isRight && !isPending && toType !== "") onConfirm();
  };
  return (
    <Modal
      visible
      header={title}
      onDismiss={onLeave}
      closeAriaLabel={safe}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button onClick={onLeave} ref={safeButton}>
              {safe}
            </Button>
            <Button
              variant="primary"
              disabled={!isRight}
              disabledReason={`Type '${toType}' first.`}
              loading={isPending}
              loadingText={underWay}
              onClick={onConfirm}
            >
              {dangerous}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <form onSubmit={submit}>
        <SpaceBetween size="m">
          {toType === "" ? <div>{children}</div> : <Alert type="warning">{children}</Alert>}
          {toType === "" ? null : (
            <FormField label={`To confirm, type ${toType}`}>
              <Input
                value={typed}
                ref={field}
                autoComplete={false}
                onChange={({ detail }) => setTyped(detail.value)}
              />
            </FormField>
          )}
          <ActFailure failure={failure} />
        </SpaceBetween>
      </form>
    </Modal>
  );
}
