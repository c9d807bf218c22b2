import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Multiselect from "@cloudscape-design/components/multiselect";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { Content } from "../content";
import { isOnce } from "./schedule_rules";

type Blackout = NonNullable<Content["schedule"]>["blackouts"][number];

const DAYS = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"];
export const NEW_BLACKOUT: Blackout = {
  ...{ start: null, end: null, weekdays: ["SAT", "SUN"], fromTime: "00:00", toTime: "24:00" },
};

const WEEKLY = { value: "weekly", label: "Every week" };
const ONCE = { value: "once", label: "Once" };

interface Props {
  blackout: Blackout;
  error: string;
  change: (blackout: Blackout) => void;
  remove: () => void;
}

/** A time without drills: every week, or once. */
export function BlackoutForm({ blackout, error, change, remove }: Props) {
  const once = isOnce(blackout);
  return (
    <FormField label="No drills" errorText={error} stretch>
      <SpaceBetween direction="horizontal" size="xs">
        <Select
          ariaLabel="How often"
          selectedOption={once ? ONCE : WEEKLY}
          options={[WEEKLY, ONCE]}
          onChange={({ detail }) =>
            change(detail.selectedOption.value === "once" ? { ...NEW_BLACKOUT, weekdays: [] } : NEW_BLACKOUT)
          }
        />
        {once ? (
          <>
            <Input
              ariaLabel="From, with its offset from UTC"
              placeholder="2026-12-24T00:00:00Z"
              value={blackout.start ?? ""}
              onChange={({ detail }) => change({ ...blackout, start: detail.value || null })}
            />
            <Input
              ariaLabel="To, with its offset from UTC"
              placeholder="2026-12-27T00:00:00Z"
              value={blackout.end ?? ""}
              onChange={({ detail }) => change({ ...blackout, end: detail.value || null })}
            />
          </>
        ) : (
          <>
            <Multiselect
              ariaLabel="Days of the week"
              placeholder="Days"
              hideTokens
              selectedOptions={blackout.weekdays.map((day) => ({ value: day, label: day }))}
              options={DAYS.map((day) => ({ value: day, label: day }))}
              onChange={({ detail }) =>
                change({ ...blackout, weekdays: detail.selectedOptions.flatMap(({ value }) => value ?? []) })
              }
            />
            <span className="plan-text">{blackout.weekdays.join(", ")}</span>
            <Input
              ariaLabel="From"
              value={blackout.fromTime}
              onChange={({ detail }) => change({ ...blackout, fromTime: detail.value })}
            />
            <Input
              ariaLabel="To"
              value={blackout.toTime}
              onChange={({ detail }) => change({ ...blackout, toTime: detail.value })}
            />
          </>
        )}
        <Button
          iconName="remove"
          variant="icon"
          ariaLabel="Remove this time without drills"
          onClick={remove}
        />
      </SpaceBetween>
    </FormField>
  );
}
