import FormField from "@cloudscape-design/components/form-field";
import Multiselect from "@cloudscape-design/components/multiselect";
import type { Wave } from "../content";
import { whyNotAfter } from "./dependencies";
import { useEdit, useWaveFields } from "./EditContext";

/** What a wave waits for. A wave that comes after it cannot be chosen, and says on which way. */
export function StartsAfter({ wave }: { wave: Wave }) {
  const { edit } = useEdit();
  const { errorOf, set } = useWaveFields(wave);
  const options = edit.content.waves
    .filter(({ number }) => number !== wave.number)
    .map(({ number, name }) => {
      const reason = wave.dependsOn.includes(number) ? "" : whyNotAfter(edit.content, wave.number, number);
      return {
        ...{ value: String(number), label: `${number} ${name}`, disabled: reason !== "" },
        ...(reason === "" ? {} : { disabledReason: reason }),
      };
    });
  return (
    <FormField
      label="Starts after"
      description={wave.dependsOn.length === 0 ? "It waits for nothing and starts at once." : undefined}
      errorText={errorOf("dependsOn")}
    >
      <Multiselect
        placeholder="Choose the waves that end first"
        selectedOptions={options.filter(({ value }) => wave.dependsOn.includes(Number(value)))}
        options={options}
        empty="There is no other wave."
        onChange={({ detail }) => {
          const dependsOn = detail.selectedOptions.map(({ value }) => Number(value)).sort((a, b) => a - b);
          set({ dependsOn }, "");
        }}
      />
    </FormField>
  );
}
