import Button from "@cloudscape-design/components/button";
import Checkbox from "@cloudscape-design/components/checkbox";
import ColumnLayout from "@cloudscape-design/components/column-layout";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { Content } from "../content";
import { BlackoutForm, NEW_BLACKOUT } from "./BlackoutForm";
import { usePlanFields } from "./EditContext";
import { TextField } from "./fields";

type Schedule = NonNullable<Content["schedule"]>;

const WEEKLY: Schedule = { cron: "0 3 * * SUN", timeZone: "UTC", blackouts: [] };

/** When drills start by themselves, and when not. */
export function ScheduleForm() {
  const { content, errorOf, set } = usePlanFields();
  const { schedule } = content;
  return (
    <ExpandableSection headerText="Scheduled drills" defaultExpanded={schedule !== null}>
      <SpaceBetween size="m">
        <Checkbox
          checked={schedule !== null}
          onChange={({ detail }) => set({ schedule: detail.checked ? WEEKLY : null }, "")}
        >
          Drills start by themselves
        </Checkbox>
        {schedule === null ? null : (
          <>
            <ColumnLayout columns={2}>
              <TextField
                label="When"
                description="Minute, hour, day of the month, month, day of the week: 0 3 * * SUN"
                value={schedule.cron}
                error={errorOf("schedule.cron")}
                change={(cron) => set({ schedule: { ...schedule, cron } }, "schedule.cron")}
              />
              <TextField
                label="Time zone"
                description="Such as Europe/Berlin"
                value={schedule.timeZone}
                error={errorOf("schedule.timeZone")}
                change={(timeZone) => set({ schedule: { ...schedule, timeZone } }, "schedule.timeZone")}
              />
            </ColumnLayout>
            <Blackouts schedule={schedule} change={(next, place) => set({ schedule: next }, place)} />
          </>
        )}
      </SpaceBetween>
    </ExpandableSection>
  );
}

interface BlackoutsProps {
  schedule: Schedule;
  change: (schedule: Schedule, place: string) => void;
}

function Blackouts({ schedule, change }: BlackoutsProps) {
  const { errorOf } = usePlanFields();
  const { blackouts } = schedule;
  const set = (next: Schedule["blackouts"], place: string) => change({ ...schedule, blackouts: next }, place);
  return (
    <SpaceBetween size="s">
      {blackouts.map((blackout, index) => (
        <BlackoutForm
          // biome-ignore lint/suspicious/noArrayIndexKey: they have no name, and are not moved
          key={index}
          blackout={blackout}
          error={errorOf(`schedule.blackouts[${index}]`)}
          change={(next) =>
            set(
              blackouts.map((each, at) => (at === index ? next : each)),
              `schedule.blackouts[${index}]`,
            )
          }
          remove={() =>
            set(
              blackouts.filter((_, at) => at !== index),
              "",
            )
          }
        />
      ))}
      <Button iconName="add-plus" onClick={() => set([...blackouts, NEW_BLACKOUT], "")}>
        Add a time without drills
      </Button>
    </SpaceBetween>
  );
}
