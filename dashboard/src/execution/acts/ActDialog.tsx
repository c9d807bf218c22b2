import Button, { type ButtonProps } from "@cloudscape-design/components/button";
import type { InputProps } from "@cloudscape-design/components/input";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useNavigate } from "react-router";
import { keyOf } from "../../live/use_read";
import { DialogButtons } from "../../parts/DialogButtons";
import { ModeBadge } from "../../states/ModeBadge";
import type { Detail, Offer } from "../run";
import { ActForm, type Entered } from "./ActForm";
import { ActTold } from "./ActTold";
import { toldOf, toldOfGone } from "./outcomes";
import { useIntervention } from "./use_intervention";
import { useWording } from "./use_wording";
import { isReady } from "./wording";

interface Props {
  offer: Offer;
  /** The run no longer makes this offer. */
  isGone: boolean;
  detail: Detail;
  onClose: () => void;
}

/** Says what an act will do, in the API's sentence, before it is done; afterwards what the API said about it. */
export default function ActDialog({ offer, isGone, detail, onClose }: Props) {
  const intervention = useIntervention();
  const wording = useWording(offer, detail, isAsked(isGone, intervention));
  const navigate = useNavigate();
  const [entered, setEntered] = useState<Entered>({ typed: "", text: "" });
  const typing = useRef<InputProps.Ref>(null);
  const safe = useRef<ButtonProps.Ref>(null);
  const queries = useQueryClient();
  useEffect(() => {
    (typing.current ?? safe.current)?.focus();
    // Nobody decides on an old picture.
    void queries.invalidateQueries({ queryKey: keyOf("/executions/{executionId}") });
  }, [queries]);

  const told = toldOf(intervention) ?? (isGone && intervention.isIdle ? toldOfGone(offer, detail) : null);
  const isOver = told?.isOver === true;
  const mayGo = offer.allowed && isReady(wording, entered) && !intervention.isPending;
  const send = () => {
    if (!mayGo) return;
    const { executionId } = detail.execution;
    intervention.mutate({ offer, executionId, text: entered.text.trim() });
  };

  const close = () => {
    if (offer.action === "DELETE" && intervention.isSuccess) navigate("/executions");
    else onClose();
  };

  return (
    <Modal
      visible
      onDismiss={close}
      header={
        <span className="dialog-title">
          <ModeBadge mode={detail.execution.mode} /> {wording.title}
        </span>
      }
      footer={
        <DialogButtons>
          <Button ref={safe} onClick={close}>
            {isOver ? "Close" : wording.safe}
          </Button>
          {isOver ? null : (
            <Button
              variant="primary"
              disabled={!mayGo && !intervention.isPending}
              disabledReason={offer.reason}
              loading={intervention.isPending}
              onClick={send}
            >
              {intervention.isPending ? wording.busy : wording.act}
            </Button>
          )}
        </DialogButtons>
      }
    >
      <SpaceBetween size="m">
        <ActTold told={told} failure={intervention.error} />
        {isOver ? null : (
          <ActForm
            offer={offer}
            detail={detail}
            wording={wording}
            entered={entered}
            onEnter={setEntered}
            onSend={send}
            typing={typing}
          />
        )}
      </SpaceBetween>
    </Modal>
  );
}

/** Whether nobody has decided yet, as far as is known: a refusal leaves the question open. */
function isAsked(isGone: boolean, { isIdle, isError }: { isIdle: boolean; isError: boolean }): boolean {
  return !isGone && (isIdle || isError);
}
