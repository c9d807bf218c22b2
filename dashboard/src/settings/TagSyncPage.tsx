import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { Schemas } from "../api/schemas";
import { useRead } from "../live/use_read";
import { Loaded } from "../parts/Loaded";
import { Page } from "../parts/Page";
import { Time } from "../parts/Time";
import { StateMark } from "../states/StateMark";
import { SettingsTabs } from "./SettingsTabs";
import { TagSyncForm } from "./TagSyncForm";
import { TagSyncTry } from "./TagSyncTry";

/** How often the tags of servers are brought from EC2 to DRS, and how that went last. */
export default function TagSyncPage() {
  const status = useRead("/drs/tag-sync", {});
  return (
    <Page
      title="Tag sync"
      within="Settings"
      description="Copies the tags of source EC2 instances to their source servers in DRS, by which groups select."
    >
      <SettingsTabs />
      <Loaded result={status} what="The tag sync">
        {(data) => (
          <SpaceBetween size="l">
            <Container header={<Header variant="h2">Last run</Header>}>
              <LastRun status={data} />
            </Container>
            <Container header={<Header variant="h2">Schedule</Header>}>
              <TagSyncForm settings={data.settings} />
            </Container>
            <TagSyncTry />
          </SpaceBetween>
        )}
      </Loaded>
    </Page>
  );
}

function LastRun({ status }: { status: Schemas["TagSyncStatus"] }) {
  const { lastRun, nextRunAt, settings } = status;
  return (
    <SpaceBetween size="xs">
      {lastRun === null ? (
        <span>It has never run.</span>
      ) : (
        <span>
          <StateMark kind="sync" value={lastRun.outcome} /> · began <Time at={lastRun.startedAt} withZone />
        </span>
      )}
      <span className="quiet">
        {!settings.enabled ? (
          "It is switched off and does not run by itself."
        ) : nextRunAt === null ? (
          "It runs at the next opportunity."
        ) : (
          <>
            Next from <Time at={nextRunAt} withZone /> on.
          </>
        )}
      </span>
    </SpaceBetween>
  );
}
