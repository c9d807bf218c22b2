import Checkbox from "@cloudscape-design/components/checkbox";
import ColumnLayout from "@cloudscape-design/components/column-layout";
import FormField from "@cloudscape-design/components/form-field";
import Multiselect from "@cloudscape-design/components/multiselect";
import RadioGroup from "@cloudscape-design/components/radio-group";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { Wave } from "../content";
import { groupName } from "../use_groups";
import { useEdit, useWaveFields } from "./EditContext";
import { NumberField, TextField } from "./fields";
import { StartsAfter } from "./StartsAfter";
import { StepsForm } from "./StepsForm";

/** One wave: what it launches, what it waits for, and its rules. */
export function WaveForm({ wave }: { wave: Wave }) {
  const { errorOf, set } = useWaveFields(wave);
  return (
    <SpaceBetween size="m">
      <TextField
        label="Name"
        value={wave.name}
        error={errorOf("name")}
        change={(name) => set({ name }, "name")}
      />
      <GroupChoice wave={wave} />
      <StartsAfter wave={wave} />
      <Checkbox
        checked={wave.approvalRequired}
        onChange={({ detail }) => set({ approvalRequired: detail.checked }, "")}
      >
        Needs an approval before it starts
      </Checkbox>
      <FormField label="When it fails">
        <RadioGroup
          value={wave.onFailure}
          onChange={({ detail }) => set({ onFailure: detail.value as Wave["onFailure"] }, "")}
          items={[
            { value: "STOP", label: "Stop: no new wave starts" },
            { value: "CONTINUE", label: "Go on: the waves after it start all the same" },
            { value: "PAUSE", label: "Ask: a person decides" },
          ]}
        />
      </FormField>
      <ColumnLayout columns={3}>
        <NumberField
          label="Enough is, in %"
          none="all CRITICAL servers"
          value={wave.minSuccessPercent}
          error={errorOf("minSuccessPercent")}
          change={(minSuccessPercent) => set({ minSuccessPercent }, "minSuccessPercent")}
        />
        <NumberField
          label="Time limit in minutes"
          value={wave.timeoutMinutes}
          error={errorOf("timeoutMinutes")}
          change={(value) => set({ timeoutMinutes: value ?? Number.NaN }, "timeoutMinutes")}
        />
        <NumberField
          label="Delay in seconds"
          value={wave.delaySeconds}
          error={errorOf("delaySeconds")}
          change={(value) => set({ delaySeconds: value ?? Number.NaN }, "delaySeconds")}
        />
      </ColumnLayout>
      <StepsForm wave={wave} phase="preActions" title="Before the launch" />
      <StepsForm wave={wave} phase="postActions" title="After the launch" />
      <StepsForm wave={wave} phase="validations" title="Checks" />
    </SpaceBetween>
  );
}

function GroupChoice({ wave }: { wave: Wave }) {
  const { edit, groups } = useEdit();
  const { errorOf, set } = useWaveFields(wave);
  const waveOfGroup = new Map(
    edit.content.waves.flatMap(({ number, protectionGroupIds }) =>
      protectionGroupIds.map((id) => [id, number]),
    ),
  );
  const options = [...(groups?.values() ?? [])].map(({ groupId, name, accountId, region }) => {
    const other = waveOfGroup.get(groupId);
    const isTaken = other !== undefined && other !== wave.number;
    return {
      ...{ value: groupId, label: name, description: `${accountId} ${region}`, disabled: isTaken },
      ...(isTaken ? { disabledReason: `It is in wave ${other}.` } : {}),
    };
  });
  return (
    <FormField label="Groups" errorText={errorOf("protectionGroupIds")}>
      <Multiselect
        placeholder="Choose the groups that are launched"
        filteringType="auto"
        empty="There is no protection group yet."
        selectedOptions={wave.protectionGroupIds.map((id) => ({ value: id, label: groupName(groups, id) }))}
        options={options}
        onChange={({ detail }) =>
          set({ protectionGroupIds: detail.selectedOptions.flatMap(({ value }) => value ?? []) }, "")
        }
      />
    </FormField>
  );
}
