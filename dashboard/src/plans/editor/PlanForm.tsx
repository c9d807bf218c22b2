import Checkbox from "@cloudscape-design/components/checkbox";
import ColumnLayout from "@cloudscape-design/components/column-layout";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { usePlanFields } from "./EditContext";
import { LinesField, LongTextField, NumberField, TextField } from "./fields";
import { ScheduleForm } from "./ScheduleForm";

/** What concerns the plan as a whole. */
export function PlanForm() {
  const { content, errorOf, set } = usePlanFields();
  const { approval, cleanup } = content;
  return (
    <SpaceBetween size="m">
      <ColumnLayout columns={2}>
        <TextField
          label="Name"
          value={content.name}
          error={errorOf("name")}
          change={(name) => set({ name }, "name")}
        />
        <TextField
          label="Owner"
          description="The person or team that is responsible."
          value={content.owner}
          error={errorOf("owner")}
          change={(owner) => set({ owner }, "owner")}
        />
      </ColumnLayout>
      <LongTextField
        label="Description"
        value={content.description}
        error={errorOf("description")}
        change={(description) => set({ description }, "description")}
      />
      <ColumnLayout columns={3}>
        <NumberField
          label="RTO in minutes"
          none="no target"
          value={content.rtoMinutes}
          error={errorOf("rtoMinutes")}
          change={(rtoMinutes) => set({ rtoMinutes }, "rtoMinutes")}
        />
        <NumberField
          label="RPO in minutes"
          none="no target"
          value={content.rpoMinutes}
          error={errorOf("rpoMinutes")}
          change={(rpoMinutes) => set({ rpoMinutes }, "rpoMinutes")}
        />
        <NumberField
          label="Days between drills"
          none="the default"
          value={content.drillTargetDays}
          error={errorOf("drillTargetDays")}
          change={(drillTargetDays) => set({ drillTargetDays }, "drillTargetDays")}
        />
        <NumberField
          label="Time limit of a run in minutes"
          none="no limit"
          value={content.timeoutMinutes}
          error={errorOf("timeoutMinutes")}
          change={(timeoutMinutes) => set({ timeoutMinutes }, "timeoutMinutes")}
        />
        <NumberField
          label="Priority, 1 (first) to 5"
          description="Counts where recoveries of several plans wait for the same DRS quotas."
          value={content.priority}
          error={errorOf("priority")}
          change={(value) => set({ priority: value ?? Number.NaN }, "priority")}
        />
      </ColumnLayout>
      <ExpandableSection headerText="Approvals" defaultExpanded={approval.twoPerson}>
        <SpaceBetween size="m">
          <Checkbox
            checked={approval.twoPerson}
            onChange={({ detail }) => set({ approval: { ...approval, twoPerson: detail.checked } }, "")}
          >
            Two persons: a RECOVERY is approved by somebody else than who started it
          </Checkbox>
          <NumberField
            label="An approval is waited for, in minutes"
            description="Without an approval the run is paused then."
            value={approval.timeoutMinutes}
            error={errorOf("approval.timeoutMinutes")}
            change={(value) =>
              set(
                { approval: { ...approval, timeoutMinutes: value ?? Number.NaN } },
                "approval.timeoutMinutes",
              )
            }
          />
        </SpaceBetween>
      </ExpandableSection>
      <ExpandableSection headerText="Instances of drills">
        <ColumnLayout columns={2}>
          <NumberField
            label="Terminated after a good end, in minutes"
            none="never by themselves"
            value={cleanup.onSuccessMinutes}
            error={errorOf("cleanup.onSuccessMinutes")}
            change={(onSuccessMinutes) =>
              set({ cleanup: { ...cleanup, onSuccessMinutes } }, "cleanup.onSuccess")
            }
          />
          <NumberField
            label="Terminated after another end, in minutes"
            none="never by themselves"
            value={cleanup.onFailureMinutes}
            error={errorOf("cleanup.onFailureMinutes")}
            change={(onFailureMinutes) =>
              set({ cleanup: { ...cleanup, onFailureMinutes } }, "cleanup.onFailure")
            }
          />
        </ColumnLayout>
      </ExpandableSection>
      <ScheduleForm />
      <ExpandableSection
        headerText={`Notifications (${content.notificationEmails.length})`}
        defaultExpanded={content.notificationEmails.length > 0}
      >
        <LinesField
          label="E-mail addresses, one in a line"
          description="Each gets a message from AWS with a link that has to be opened first."
          lines={content.notificationEmails}
          error={errorOf("notificationEmails")}
          change={(notificationEmails) => set({ notificationEmails }, "notificationEmails")}
        />
      </ExpandableSection>
    </SpaceBetween>
  );
}
