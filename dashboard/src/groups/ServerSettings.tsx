import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import { useState } from "react";
import type { Schemas } from "../api/schemas";
import { labelOf } from "../launch/fields";
import { PageTurner } from "../lists/PageTurner";
import Table from "../lists/Table";
import { AppLink } from "../parts/AppLink";
import { Time } from "../parts/Time";
import { useUser, whyNot } from "../session/permissions";
import { StateMark } from "../states/StateMark";
import { ServerSettingsDialog } from "./ServerSettingsDialog";

type Settings = Schemas["GroupLaunchSettings"];
type OfServer = Schemas["ServerLaunchSettings"];

interface Props {
  groupId: string;
  data: Settings;
  place: { accountId: string; region: string };
  inUse: string;
  pages: { index: number; turn: (index: number, nextCursor: string | null) => void };
}

/** Each server of the group: how far its settings have got, and what differs in AWS. */
export function ServerSettings({ groupId, data, place, inUse, pages }: Props) {
  const user = useUser();
  const [chosen, setChosen] = useState<OfServer>();
  const reason = whyNot(user, "PUT /protection-groups/{groupId}/servers/{serverId}/launch-settings") || inUse;
  return (
    <Container header={<Header variant="h2">By server</Header>}>
      <Table
        items={data.items}
        trackBy="sourceServerId"
        variant="embedded"
        contentDensity="compact"
        wrapLines
        ariaLabels={{ tableLabel: "Launch settings by server" }}
        pagination={<PageTurner index={pages.index} nextCursor={data.nextCursor} turn={pages.turn} />}
        columnDefinitions={[
          {
            id: "host",
            header: "Host name",
            minWidth: 130,
            isRowHeader: true,
            cell: ({ sourceServerId, hostname }) => (
              <AppLink to={`/servers/${sourceServerId}`}>{hostname || sourceServerId}</AppLink>
            ),
          },
          { id: "status", header: "State", cell: (server) => <Status server={server} /> },
          { id: "drift", header: "Wanted / in AWS", cell: (server) => <Drift server={server} /> },
          {
            id: "times",
            header: "Applied, compared",
            cell: ({ appliedAt, checkedAt }) => (
              <>
                {appliedAt === null ? "never applied" : <Time at={appliedAt} />}
                <div className="quiet">{checkedAt === null ? "never compared" : <Time at={checkedAt} />}</div>
              </>
            ),
          },
          {
            id: "own",
            header: "Own settings",
            cell: (server) => (
              <Button
                variant="inline-link"
                ariaLabel={`${ownInWords(server)}: own settings of ${server.hostname || server.sourceServerId}`}
                onClick={() => setChosen(server)}
              >
                {Object.keys(server.settings).length === 0
                  ? "none"
                  : `${Object.keys(server.settings).length} set`}
              </Button>
            ),
          },
        ]}
        empty="The group has no servers now."
      />
      {chosen === undefined ? null : (
        <ServerSettingsDialog
          key={chosen.sourceServerId}
          groupId={groupId}
          server={chosen}
          latest={data.items.find(({ sourceServerId }) => sourceServerId === chosen.sourceServerId) ?? chosen}
          above={[
            { level: "default", settings: data.defaults },
            { level: "group", settings: data.group },
          ]}
          place={place}
          reason={reason}
          onClose={() => setChosen(undefined)}
        />
      )}
    </Container>
  );
}

function Status({ server }: { server: OfServer }) {
  return (
    <>
      <StateMark kind="launchSettings" value={server.status} />
      {[server.reason, server.checkError]
        .filter((text) => text !== "")
        .map((text) => (
          <div key={text} className="quiet">
            {text}
          </div>
        ))}
      {server.instanceTypeDiffers ? (
        <div className="mark-attention">
          Another instance type than the source: {server.effective.instanceType} in place of{" "}
          {server.sourceInstanceType}
        </div>
      ) : null}
    </>
  );
}

function Drift({ server }: { server: OfServer }) {
  if (server.drift.length === 0) return <>–</>;
  return (
    <>
      {server.drift.map(({ field, wanted, found }) => (
        <div key={field}>
          {labelOf(field)}: <strong>{wanted || "nothing"}</strong> / {found || "nothing"}
        </div>
      ))}
    </>
  );
}

function ownInWords({ settings }: OfServer): string {
  const count = Object.keys(settings).length;
  return count === 0 ? "none" : `${count} set`;
}
