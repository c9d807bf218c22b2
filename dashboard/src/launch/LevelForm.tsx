import type { Place } from "./FieldInput";
import { FieldInput } from "./FieldInput";
import { FIELDS, type LaunchSettings, type Level } from "./fields";
import { type Layer, withValue } from "./levels";

interface Props {
  level: Level;
  /** The levels above. */
  above: readonly Layer[];
  own: LaunchSettings;
  onChange: (settings: LaunchSettings) => void;
  /** Where subnets and the like are looked up. */
  place?: Place;
  disabled?: boolean;
}

/** The settings of one level: each field is inherited, set, or has its inherited value removed. */
export function LevelForm({ level, above, own, onChange, place, disabled = false }: Props) {
  return (
    <div className="level-form">
      {FIELDS.filter(({ levels }) => levels.includes(level)).map((field) => (
        <FieldInput
          key={field.name}
          field={field}
          above={above}
          value={own[field.name]}
          onChange={(value) => onChange(withValue(own, field.name, value))}
          disabled={disabled}
          {...(place === undefined ? {} : { place })}
        />
      ))}
    </div>
  );
}
