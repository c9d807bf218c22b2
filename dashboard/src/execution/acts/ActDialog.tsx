import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button, { type ButtonProps } from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input, { type InputProps } from "@cloudscape-design/components/input";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Textarea from "@cloudscape-design/components/textarea";
import { useEffect, useRef, useState } from "react";
import { FailureFacts } from "../../parts/Failure";
import { ModeBadge } from "../../states/ModeBadge";
import type { Detail, Offer } from "../run";
import { toldOfFailure, toldOfOutcome } from "./outcomes";
import { useCriticalMissing } from "./use_critical_missing";
import { useIntervention } from "./use_intervention";
import { WavesBefore } from "./WavesBefore";
import { isTyped, wordingOf } from "./wording";

interface Props {
  offer: Offer;
  detail: Detail;
  onClose: () => void;
}

const LONGEST_TEXT = 1_000;

/** Says what an act will do, in the API's sentence, before it is done; afterwards what the API said about it. */
export default function ActDialog({ offer, detail, onClose }: Props) {
  const criticalMissing = useCriticalMissing(offer, detail.execution.executionId);
  const wording = wordingOf(offer, detail, { criticalMissing });
  const intervention = useIntervention();
  const [typed, setTyped] = useState("");
  const [text, setText] = useState("");
  const typing = useRef<InputProps.Ref>(null);
  const safe = useRef<ButtonProps.Ref>(null);
  useEffect(() => {
    (typing.current ?? safe.current)?.focus();
  }, []);

  const told = intervention.isSuccess
    ? toldOfOutcome(intervention.data)
    : intervention.isError
      ? toldOfFailure(intervention.error)
      : null;
  const isReady =
    offer.allowed &&
    (wording.toType === "" || isTyped(typed, wording.toType)) &&
    (!wording.field?.isRequired || text.trim() !== "");
  const send = () => {
    if (!isReady || intervention.isPending) return;
    intervention.mutate({ offer, executionId: detail.execution.executionId, text: text.trim() });
  };
  const isOver = told?.isOver === true;

  return (
    <Modal
      visible
      onDismiss={onClose}
      header={
        <span className="dialog-title">
          <ModeBadge mode={detail.execution.mode} /> {wording.title}
        </span>
      }
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button ref={safe} onClick={onClose}>
              {isOver ? "Close" : wording.safe}
            </Button>
            {isOver ? null : (
              <span className={wording.isDangerous ? "dangerous" : undefined}>
                <Button variant="primary" disabled={!isReady} loading={intervention.isPending} onClick={send}>
                  {intervention.isPending ? wording.busy : wording.act}
                </Button>
              </span>
            )}
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        {told === null ? null : (
          <div role="status">
            <Alert type={told.type} header={told.header}>
              {told.text}
              {intervention.isError ? (
                <div>
                  <FailureFacts failure={intervention.error} />
                </div>
              ) : null}
            </Alert>
          </div>
        )}
        {isOver ? null : (
          <>
            <div>
              <strong>{offer.consequence || offer.reason}</strong>
              {wording.more.map((sentence) => (
                <div key={sentence}>{sentence}</div>
              ))}
            </div>
            {offer.allowed || offer.consequence === "" ? null : <Alert type="info">{offer.reason}</Alert>}
            {offer.action === "APPROVE" ? <WavesBefore offer={offer} detail={detail} /> : null}
            {wording.field === null ? null : (
              <FormField
                label={wording.field.label}
                description={
                  wording.field.isRequired
                    ? "Kept in the timeline and the audit log."
                    : "Optional. Kept in the timeline."
                }
              >
                <Textarea
                  value={text}
                  rows={2}
                  disableBrowserAutocorrect
                  onChange={({ detail: { value } }) => setText(value.slice(0, LONGEST_TEXT))}
                />
              </FormField>
            )}
            {wording.toType === "" ? null : (
              <FormField
                label={
                  <>
                    Type <code className="to-type">{wording.toType}</code> to confirm
                  </>
                }
              >
                <Input
                  ref={typing}
                  value={typed}
                  autoComplete={false}
                  spellcheck={false}
                  onChange={({ detail: { value } }) => setTyped(value)}
                  onKeyDown={({ detail: { key } }) => {
                    if (key === "Enter") send();
                  }}
                />
              </FormField>
            )}
          </>
        )}
      </SpaceBetween>
    </Modal>
  );
}
