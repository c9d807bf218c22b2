import Button from "@cloudscape-design/components/button";
import Select from "@cloudscape-design/components/select";
import type { Impact } from "./group_draft";

const OPTIONS = [
  { value: "CRITICAL", label: "Critical" },
  { value: "OPTIONAL", label: "Optional" },
];

interface Props {
  label: string;
  value: Impact;
  onChange: (impact: Impact) => void;
}

/** Whether a wave counts as done without the server. */
export function ImpactInput({ label, value, onChange }: Props) {
  return (
    <Select
      ariaLabel={label}
      selectedOption={OPTIONS.find((option) => option.value === value) ?? null}
      options={OPTIONS}
      expandToViewport
      onChange={({ detail }) =>
        onChange(detail.selectedOption.value === "OPTIONAL" ? "OPTIONAL" : "CRITICAL")
      }
    />
  );
}

/** The same for many servers at once. */
export function ImpactOfMany({ label, onChange }: Pick<Props, "label" | "onChange">) {
  return (
    <div className="impact">
      <span className="quiet">{label}</span>
      <Button onClick={() => onChange("CRITICAL")}>All critical</Button>
      <Button onClick={() => onChange("OPTIONAL")}>All optional</Button>
    </div>
  );
}
