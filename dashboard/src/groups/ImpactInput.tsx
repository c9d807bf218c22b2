import SegmentedControl from "@cloudscape-design/components/segmented-control";
import type { Impact } from "./group_draft";

interface Props {
  label: string;
  /** Undefined: of many servers at once, none is chosen. */
  value: Impact | undefined;
  onChange: (impact: Impact) => void;
}

/** Whether a wave counts as done without the server. */
export function ImpactInput({ label, value, onChange }: Props) {
  return (
    <div className="impact">
      {value === undefined ? <span className="quiet">{label}</span> : null}
      <SegmentedControl
        label={label}
        selectedId={value ?? null}
        options={[
          { id: "CRITICAL", text: "Critical" },
          { id: "OPTIONAL", text: "Optional" },
        ]}
        onChange={({ detail }) => onChange(detail.selectedId === "OPTIONAL" ? "OPTIONAL" : "CRITICAL")}
      />
    </div>
  );
}
