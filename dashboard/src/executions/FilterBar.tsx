import Button from "@cloudscape-design/components/button";
import { Choice } from "../lists/Choice";
import { SearchField } from "../lists/SearchField";
import { useRead } from "../live/use_read";
import { EXECUTION } from "../states/marks";
import { DAYS, type Filters, isDefault, SIZES } from "./filters";

export const STATUSES = Object.keys(EXECUTION) as (keyof typeof EXECUTION)[];

interface Props {
  filters: Filters;
  filter: (change: Partial<Filters>) => void;
  onClear: () => void;
  /** The grid knows no person who started a run, and has pages of its own. */
  withPerson: boolean;
}

/** What the executions are filtered by. All of it is in the URL. */
export function FilterBar({ filters, filter, onClear, withPerson }: Props) {
  return (
    <div className="filters">
      <SearchField
        label="Find by the beginning of a plan's name or an execution's id"
        hint="Plan's name or execution's id"
        value={filters.q}
        onSearch={(q) => filter({ q })}
      />
      <Choice
        label="Mode"
        none="Every mode"
        options={["DRILL", "RECOVERY"].map((value) => ({ value, label: value }))}
        value={filters.mode}
        onChoose={(mode) => filter({ mode: mode as Filters["mode"] })}
      />
      <Choice
        label="Status"
        none="Every status"
        options={STATUSES.map((value) => ({ value, label: EXECUTION[value].word }))}
        value={filters.status}
        onChoose={(status) => filter({ status: status as Filters["status"] })}
      />
      {withPerson ? (
        <SearchField
          label="Started by (whole address)"
          hint="Started by"
          value={filters.by}
          onSearch={(by) => filter({ by })}
        />
      ) : null}
      <Choice
        label="Started"
        none="Whenever started"
        options={DAYS.filter(Boolean).map((days) => ({
          value: String(days),
          label: days === 1 ? "Since yesterday" : `Last ${days} days`,
        }))}
        value={filters.days === 0 ? "" : String(filters.days)}
        onChoose={(days) => filter({ days: days === "" ? 0 : Number(days) })}
      />
      {withPerson ? (
        <Choice
          label="Executions a page"
          none={`${SIZES[0]} a page`}
          options={SIZES.slice(1).map((size) => ({ value: String(size), label: `${size} a page` }))}
          value={filters.size === SIZES[0] ? "" : String(filters.size)}
          onChoose={(size) => filter({ size: Number(size) || SIZES[0] })}
        />
      ) : null}
      {filters.plan === "" ? null : <OnePlan planId={filters.plan} onAll={() => filter({ plan: "" })} />}
      {isDefault(filters) ? null : <Button onClick={onClear}>Clear the filter</Button>}
    </div>
  );
}

/** A link has led to the executions of one plan. */
function OnePlan({ planId, onAll }: { planId: string; onAll: () => void }) {
  const plan = useRead("/recovery-plans/{planId}", { path: { planId } });
  return (
    <Button iconName="close" iconAlign="right" onClick={onAll}>
      Only {plan.data?.name ?? planId}: show all plans
    </Button>
  );
}
