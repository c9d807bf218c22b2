import Select from "@cloudscape-design/components/select";

export interface ChoiceOption {
  value: string;
  label: string;
  description?: string;
  disabled?: boolean;
  disabledReason?: string;
}

interface Props {
  /** What is chosen by it: "Region". Stands in the field, too, so that a filter needs no line of its own. */
  label: string;
  /** The choice of none: "All Regions". */
  none: string;
  value: string;
  options: readonly ChoiceOption[];
  onChoose: (value: string) => void;
  disabled?: boolean;
}

/** A filter with few values. */
export function Choice({ label, none, value, options, onChoose, disabled = false }: Props) {
  const all: ChoiceOption[] = [{ value: "", label: none }, ...options];
  const chosen = all.find((option) => option.value === value) ?? { value, label: value };
  return (
    <Select
      ariaLabel={label}
      selectedOption={chosen}
      options={all}
      disabled={disabled}
      filteringType={all.length > 12 ? "auto" : "none"}
      expandToViewport
      onChange={({ detail }) => onChoose(detail.selectedOption.value ?? "")}
    />
  );
}
