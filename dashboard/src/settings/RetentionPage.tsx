import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { counted } from "../format/numbers";
import { useDashboard } from "../home/use_dashboard";
import { ONCE } from "../live/pace";
import { useRead } from "../live/use_read";
import { Loaded } from "../parts/Loaded";
import { Page } from "../parts/Page";
import { SettingsTabs } from "./SettingsTabs";

/** What the deployment has set: how long records are kept, how often plans should be drilled. Read only. */
export default function RetentionPage() {
  const user = useRead("/user", {}, { pace: ONCE });
  const target = useDashboard().data?.drills.data?.targetDays;
  return (
    <Page
      title="Retention and targets"
      within="Settings"
      description="Set when the platform is deployed; they cannot be changed here."
    >
      <SettingsTabs />
      <Loaded result={user} what="The settings of the deployment">
        {({ retention, stage, accountId, region, version }) => (
          <SpaceBetween size="l">
            <Container header={<Header variant="h2">Kept for</Header>}>
              <KeyValuePairs
                columns={3}
                items={[
                  { label: "Entries of the audit log", value: counted(retention.auditDays, "day") },
                  {
                    label: "Records of a RECOVERY, at least",
                    value:
                      retention.recoveryDays === 0
                        ? "not demanded: they can be deleted at once"
                        : counted(retention.recoveryDays, "day"),
                  },
                  { label: "Records of a drill", value: "until somebody deletes them" },
                ]}
              />
            </Container>
            <Container header={<Header variant="h2">Targets</Header>}>
              <KeyValuePairs
                columns={3}
                items={[
                  {
                    label: "A good drill of each plan without a target of its own",
                    value: target === undefined ? "not known" : `every ${counted(target, "day")}`,
                  },
                ]}
              />
            </Container>
            <Container header={<Header variant="h2">This installation</Header>}>
              <KeyValuePairs
                columns={4}
                items={[
                  { label: "Stage", value: stage },
                  { label: "Account", value: accountId },
                  { label: "Region", value: region },
                  { label: "Version", value: version },
                ]}
              />
            </Container>
          </SpaceBetween>
        )}
      </Loaded>
    </Page>
  );
}
