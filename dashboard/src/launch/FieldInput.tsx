import FormField from "@cloudscape-design/components/form-field";
import Select from "@cloudscape-design/components/select";
import { useState } from "react";
import { CHOICE_WORDS, type Field } from "./fields";
import { effectiveOf, inWords, type Layer, originInWords, type Value } from "./levels";
import { OfferedText } from "./OfferedText";
import { TagsInput } from "./TagsInput";

export interface Place {
  accountId: string;
  region: string;
}

interface Props {
  field: Field;
  above: readonly Layer[];
  value: Value | null | undefined;
  onChange: (value: Value | null | undefined) => void;
  disabled: boolean;
  place?: Place | undefined;
}

const REMOVE = { value: "remove", label: "Remove the inherited value: as it is in AWS" };
const SET = { value: "set", label: "Set here" };

/** One field: inherited, removed or set. To remove is a choice of its own, never an empty field. */
export function FieldInput({ field, above, value, onChange, disabled, place }: Props) {
  const [isOpen, setOpen] = useState(value !== undefined && value !== null);
  const fixed = fixedValues(field);
  const inherit = inheritOption(field, above);
  const options = [
    inherit,
    ...(above.length === 0 ? [] : [REMOVE]),
    ...(fixed?.map(({ option }) => option) ?? [SET]),
  ];
  const same = fixed?.find((each) => JSON.stringify(each.value) === JSON.stringify(value))?.option;
  const open = fixed === undefined && (isOpen || value !== undefined) ? SET : inherit;
  const chosen = value === null ? REMOVE : (same ?? open);
  const choose = (choice: string) => {
    setOpen(choice === "set");
    onChange(choice === "remove" ? null : fixed?.find(({ option }) => option.value === choice)?.value);
  };
  return (
    <FormField label={field.label} stretch>
      <div className="level-field">
        <Select
          ariaLabel={field.label}
          selectedOption={chosen}
          options={options}
          disabled={disabled}
          expandToViewport
          onChange={({ detail }) => choose(detail.selectedOption.value ?? "inherit")}
        />
        {chosen === SET ? <OpenValue {...{ field, value, onChange, disabled, place }} /> : null}
      </div>
    </FormField>
  );
}

function OpenValue({ field, value, onChange, disabled, place }: Omit<Props, "above">) {
  if (field.kind === "tags") {
    return (
      <TagsInput tags={(value ?? {}) as Record<string, string>} onChange={onChange} disabled={disabled} />
    );
  }
  return (
    <OfferedText
      field={field}
      value={value ?? undefined}
      onChange={onChange}
      disabled={disabled}
      place={place}
    />
  );
}

function inheritOption({ name }: Field, above: readonly Layer[]) {
  if (above.length === 0) return { value: "inherit", label: "Not set: as it is in AWS" };
  const inherited = effectiveOf(name, above);
  return {
    value: "inherit",
    label: `Inherited: ${inWords(inherited.value)}`,
    description: originInWords(inherited),
  };
}

/** The values of a field that has few of them, each as a choice. */
function fixedValues({
  kind,
  choices,
}: Field): { option: { value: string; label: string }; value: Value }[] | undefined {
  const option = (value: string, label: string) => ({ value, label });
  if (kind === "yes-no") {
    return [
      { option: option("yes", "Yes"), value: true },
      { option: option("no", "No"), value: false },
    ];
  }
  if (kind === "byol") {
    return [
      { option: option("own", "Bring your own"), value: { osByol: true } },
      { option: option("aws", "From AWS"), value: { osByol: false } },
    ];
  }
  return choices?.map((choice) => ({
    option: option(choice, CHOICE_WORDS[choice] ?? choice),
    value: choice as Value,
  }));
}
