import Alert from "@cloudscape-design/components/alert";
import FormField from "@cloudscape-design/components/form-field";
import Input, { type InputProps } from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Textarea from "@cloudscape-design/components/textarea";
import type { RefObject } from "react";
import type { Detail, Offer } from "../run";
import { WavesBefore } from "./WavesBefore";
import type { Wording } from "./wording";

export interface Entered {
  typed: string;
  text: string;
}

interface Props {
  offer: Offer;
  detail: Detail;
  wording: Wording;
  entered: Entered;
  onEnter: (entered: Entered) => void;
  onSend: () => void;
  typing: RefObject<InputProps.Ref | null>;
}

const LONGEST_TEXT = 1_000;

/** What the act does, and what has to be said or typed before it. */
export function ActForm({ offer, detail, wording, entered, onEnter, onSend, typing }: Props) {
  const { field, toType, more } = wording;
  return (
    <SpaceBetween size="m">
      <div>
        <strong>{offer.consequence || offer.reason}</strong>
        {more.map((sentence) => (
          <div key={sentence}>{sentence}</div>
        ))}
      </div>
      {offer.allowed || offer.consequence === "" ? null : <Alert type="info">{offer.reason}</Alert>}
      {offer.action === "APPROVE" ? <WavesBefore offer={offer} detail={detail} /> : null}
      {field === null ? null : (
        <FormField
          label={field.label}
          description={
            field.isRequired ? "Kept in the timeline and the audit log." : "Optional. Kept in the timeline."
          }
        >
          <Textarea
            value={entered.text}
            rows={2}
            onChange={({ detail: { value } }) => onEnter({ ...entered, text: value.slice(0, LONGEST_TEXT) })}
          />
        </FormField>
      )}
      {toType === "" ? null : (
        <FormField
          label={
            <>
              Type <code className="to-type">{toType}</code> to confirm
            </>
          }
        >
          <Input
            ref={typing}
            value={entered.typed}
            autoComplete={false}
            spellcheck={false}
            onChange={({ detail: { value } }) => onEnter({ ...entered, typed: value })}
            onKeyDown={({ detail: { key } }) => {
              if (key === "Enter") onSend();
            }}
          />
        </FormField>
      )}
    </SpaceBetween>
  );
}
