import Checkbox from "@cloudscape-design/components/checkbox";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Textarea from "@cloudscape-design/components/textarea";
import { counted } from "../../format/numbers";
import type { CheckResult, Verdict } from "../preflight/check";
import { leftOutCount, needsAccept, type Wish } from "./obstacles";

interface Props {
  wish: Wish;
  result: CheckResult | undefined;
  replaceable: readonly Verdict[];
  isBusy: boolean;
  setReason: (reason: string) => void;
  accept: (isAccepted: boolean) => void;
  setReplace: (isReplaced: boolean) => void;
}

const MOST_CHARACTERS = 1_000;

/** The reason, and what has to be said expressly. */
export function Why({ wish, result, replaceable, isBusy, setReason, accept, setReplace }: Props) {
  const { mode, reason, acceptDegraded, replace } = wish;
  return (
    <Container header={<Header>Why</Header>}>
      <SpaceBetween size="m">
        <FormField
          label={mode === "RECOVERY" ? "Reason" : "Reason (may be left empty)"}
          description="It is kept in the audit log and shown with the execution."
          constraintText={`${reason.length} of 1,000 characters`}
        >
          <Textarea
            value={reason}
            disabled={isBusy}
            rows={2}
            onChange={({ detail }) => setReason(detail.value.slice(0, MOST_CHARACTERS))}
          />
        </FormField>
        {replaceable.length === 0 ? null : (
          <Checkbox checked={replace} disabled={isBusy} onChange={({ detail }) => setReplace(detail.checked)}>
            Replace the instances of {counted(replaceable.length, "server")} from an earlier recovery:{" "}
            {namesOf(replaceable)}. What they hold since then is lost for good.
          </Checkbox>
        )}
        {result !== undefined && needsAccept(result, wish, replaceable) ? (
          <Checkbox
            checked={acceptDegraded}
            disabled={isBusy}
            onChange={({ detail }) => accept(detail.checked)}
          >
            Start without the {counted(leftOutCount(result, wish, replaceable), "server")} that cannot launch
          </Checkbox>
        ) : null}
      </SpaceBetween>
    </Container>
  );
}

const NAMED = 10;

function namesOf(servers: readonly Verdict[]): string {
  const names = servers.slice(0, NAMED).map(({ hostname, sourceServerId }) => hostname || sourceServerId);
  const more = servers.length > NAMED ? ` and ${servers.length - NAMED} more` : "";
  return `${names.join(", ")}${more}`;
}
