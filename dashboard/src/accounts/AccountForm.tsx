import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { AccountDraft } from "./account_draft";

interface Props {
  draft: AccountDraft;
  onChange: (draft: AccountDraft) => void;
  problems: Partial<Record<keyof AccountDraft, string>>;
  isNew: boolean;
  hasExternalId: boolean;
}

export function AccountForm({ draft, onChange, problems, isNew, hasExternalId }: Props) {
  const change = (part: Partial<AccountDraft>) => onChange({ ...draft, ...part });
  return (
    <Container>
      <SpaceBetween size="l">
        <FormField label="Account number" errorText={problems.accountId}>
          <Input
            value={draft.accountId}
            disabled={!isNew}
            inputMode="numeric"
            onChange={({ detail }) => change({ accountId: detail.value })}
          />
        </FormField>
        <FormField label="Name" errorText={problems.name}>
          <Input value={draft.name} onChange={({ detail }) => change({ name: detail.value })} />
        </FormField>
        <FormField
          label="Regions"
          description="With commas between them. None: all Regions in which DRS is on."
          constraintText="For example us-east-1, us-west-2"
        >
          <Input
            value={draft.regions.join(", ")}
            onChange={({ detail }) => change({ regions: regionsOf(detail.value) })}
          />
        </FormField>
        <FormField
          label="Read role"
          description="A name or an ARN. Empty: the role that the stack of the account makes."
        >
          <Input value={draft.readRole} onChange={({ detail }) => change({ readRole: detail.value })} />
        </FormField>
        <FormField label="Operate role" description="A name or an ARN. Empty: the role that the stack makes.">
          <Input value={draft.operateRole} onChange={({ detail }) => change({ operateRole: detail.value })} />
        </FormField>
        <FormField
          label="External id"
          constraintText="16 to 128 letters, digits and signs of +=,.@:/_-"
          description={
            hasExternalId
              ? "The account has one, which is never shown. Leave it empty to keep it."
              : "The secret that was given to the stack of the account. It is typed once and never shown."
          }
        >
          <Input
            type="password"
            autoComplete="off"
            value={draft.externalId}
            onChange={({ detail }) => change({ externalId: detail.value })}
          />
        </FormField>
      </SpaceBetween>
    </Container>
  );
}

/** Keeps what is being typed: an empty last part is the comma before the next Region. */
function regionsOf(text: string): string[] {
  const parts = text.split(",").map((part) => part.trim());
  return parts.filter((part, index) => part !== "" || (index === parts.length - 1 && index > 0));
}
