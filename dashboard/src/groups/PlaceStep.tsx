import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Select, { type SelectProps } from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Textarea from "@cloudscape-design/components/textarea";
import type { Schemas } from "../api/schemas";
import { counted } from "../format/numbers";
import { Loaded } from "../parts/Loaded";
import { usePlaces } from "../places/use_places";
import { markOf } from "../states/marks";
import type { StepProps } from "./steps";

/** Name, and the account and Region, which cannot be changed later. */
export function PlaceStep({ draft, change, isNew }: StepProps) {
  const places = usePlaces();
  return (
    <Container>
      <SpaceBetween size="l">
        <FormField label="Name">
          <Input value={draft.name} onChange={({ detail }) => change({ name: detail.value })} />
        </FormField>
        <FormField label="Description" description="May be empty.">
          <Textarea
            rows={2}
            value={draft.description}
            onChange={({ detail }) => change({ description: detail.value })}
          />
        </FormField>
        <FormField
          label="Account and Region"
          description={
            isNew ? "All servers of a group are in one place." : "The place of a group cannot be changed."
          }
        >
          <Loaded result={places} what="The accounts">
            {({ items }) => (
              <Select
                ariaLabel="Account and Region"
                disabled={!isNew}
                placeholder="Choose"
                selectedOption={chosen(items, draft.accountId, draft.region)}
                options={items.map(optionsOf)}
                filteringType="auto"
                expandToViewport
                empty="No account is registered yet."
                onChange={({ detail }) => {
                  const [accountId = "", region = ""] = (detail.selectedOption.value ?? "").split(" ");
                  change({ accountId, region, serverIds: [], impact: {} });
                }}
              />
            )}
          </Loaded>
        </FormField>
      </SpaceBetween>
    </Container>
  );
}

/** Only places where DRS is on; the others stand there with the reason. */
function optionsOf({ accountId, name, regions }: Schemas["DrsAccount"]): SelectProps.OptionGroup {
  return {
    label: `${name} ${accountId}`,
    options: regions.map(({ region, state, serverCount, lastError }) => {
      const isOff = state !== "ACTIVE" && serverCount === 0;
      const why =
        state === null ? "It has not been read yet." : lastError || `${markOf("region", state).word}.`;
      return {
        value: `${accountId} ${region}`,
        label: region,
        description: counted(serverCount, "server"),
        labelTag: name,
        ...(isOff ? { disabled: true, disabledReason: why, description: why } : {}),
      };
    }),
  };
}

function chosen(accounts: readonly Schemas["DrsAccount"][], accountId: string, region: string) {
  if (accountId === "") return null;
  const name = accounts.find((account) => account.accountId === accountId)?.name ?? "";
  return { value: `${accountId} ${region}`, label: `${name} ${accountId} · ${region}`.trim() };
}
