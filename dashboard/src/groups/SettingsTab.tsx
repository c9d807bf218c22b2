import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { number } from "../format/numbers";
import { LevelsTable } from "../launch/LevelsTable";
import { useCursors } from "../lists/use_cursors";
import { useRead } from "../live/use_read";
import { Loaded } from "../parts/Loaded";
import { StateMark } from "../states/StateMark";
import { ApplySettings } from "./ApplySettings";
import type { Group } from "./group_draft";
import { ServerSettings } from "./ServerSettings";

/** The launch settings of a group: by level, in AWS, by server. */
export default function SettingsTab({ group, inUse }: { group: Group; inUse: string }) {
  const { groupId, accountId, region } = group;
  const { cursor, index, turn } = useCursors(groupId);
  const settings = useRead(
    "/protection-groups/{groupId}/launch-settings",
    { path: { groupId }, query: { limit: 50, ...(cursor === "" ? {} : { cursor }) } },
    { keepPrevious: true },
  );
  return (
    <Loaded result={settings} what="The launch settings">
      {(data) => (
        <SpaceBetween size="l">
          <Container
            header={
              <Header variant="h2" description={<Counts counts={data.counts} />}>
                Default and group
              </Header>
            }
          >
            <LevelsTable
              label="Launch settings by level"
              layers={[
                { level: "default", settings: data.defaults },
                { level: "group", settings: data.group },
              ]}
            />
          </Container>
          <ApplySettings
            groupId={groupId}
            inUse={inUse}
            hostnames={
              new Map(
                data.items.map(({ sourceServerId, hostname }) => [
                  sourceServerId,
                  hostname || sourceServerId,
                ]),
              )
            }
          />
          <ServerSettings
            groupId={groupId}
            data={data}
            place={{ accountId, region }}
            inUse={inUse}
            pages={{ index, turn }}
          />
        </SpaceBetween>
      )}
    </Loaded>
  );
}

function Counts({ counts }: { counts: Record<string, number> }) {
  return (
    <span className="facets">
      {Object.entries(counts)
        .filter(([, count]) => count > 0)
        .map(([status, count]) => (
          <StateMark key={status} kind="launchSettings" value={status}>
            {number(count)}
          </StateMark>
        ))}
    </span>
  );
}
