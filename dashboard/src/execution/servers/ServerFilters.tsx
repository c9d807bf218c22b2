import Button from "@cloudscape-design/components/button";
import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";
import { type Detail, waveTitle } from "../run";
import { isFiltered, NO_FILTER, type Selection } from "../selection";
import type { Select as Choose } from "../use_selection";

interface Props {
  detail: Detail;
  selection: Selection;
  select: Choose;
  places: { accounts: string[]; regions: string[] };
}

export function ServerFilters({ detail, selection, select, places }: Props) {
  const waves = detail.waves.map((wave) => ({ value: String(wave.waveNumber), label: waveTitle(wave) }));
  return (
    <div className="filters">
      <Input
        type="search"
        value={selection.text}
        placeholder="Host name, id, instance, reason"
        ariaLabel="Find servers"
        onChange={({ detail: { value } }) => select({ text: value })}
      />
      <Choice
        label="Wave"
        all="All waves"
        options={waves}
        value={selection.wave === null ? "" : String(selection.wave)}
        onChange={(value) => select({ wave: value === "" ? null : Number(value) })}
      />
      <Choice
        label="Account"
        all="All accounts"
        options={places.accounts.map((value) => ({ value, label: value }))}
        value={selection.account}
        onChange={(account) => select({ account })}
      />
      <Choice
        label="Region"
        all="All Regions"
        options={places.regions.map((value) => ({ value, label: value }))}
        value={selection.region}
        onChange={(region) => select({ region })}
      />
      {isFiltered(selection) ? (
        <Button variant="link" onClick={() => select(NO_FILTER)}>
          Clear the filter
        </Button>
      ) : null}
    </div>
  );
}

interface ChoiceProps {
  label: string;
  all: string;
  options: { value: string; label: string }[];
  value: string;
  onChange: (value: string) => void;
}

export function Choice({ label, all, options, value, onChange }: ChoiceProps) {
  const offered = [{ value: "", label: all }, ...options];
  return (
    <Select
      ariaLabel={label}
      options={offered}
      selectedOption={offered.find((option) => option.value === value) ?? { value, label: value }}
      onChange={({ detail }) => onChange(detail.selectedOption.value ?? "")}
    />
  );
}
