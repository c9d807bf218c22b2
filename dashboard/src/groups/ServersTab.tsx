import type { Schemas } from "../api/schemas";
import { labelOf } from "../launch/fields";
import { PageTurner } from "../lists/PageTurner";
import Table from "../lists/Table";
import { AppLink } from "../parts/AppLink";
import { Time } from "../parts/Time";
import { lagInWords } from "../servers/server_words";
import { StateMark } from "../states/StateMark";
import { useSettingsStates } from "./use_settings_states";

interface Props {
  detail: Schemas["GroupDetail"];
  index: number;
  turn: (index: number, nextCursor: string | null) => void;
}

/** The servers of a group as the inventory shows them now. */
export function ServersTab({ detail, index, turn }: Props) {
  const states = useSettingsStates(detail.group.groupId);
  return (
    <Table
      items={detail.servers}
      trackBy="sourceServerId"
      contentDensity="compact"
      wrapLines
      enableKeyboardNavigation
      ariaLabels={{ tableLabel: "Servers of the group" }}
      pagination={<PageTurner index={index} nextCursor={detail.nextCursor} turn={turn} />}
      columnDefinitions={[
        {
          id: "host",
          header: "Host name",
          isRowHeader: true,
          cell: ({ sourceServerId, server }) => (
            <AppLink to={`/servers/${sourceServerId}`}>{server?.hostname ?? sourceServerId}</AppLink>
          ),
        },
        {
          id: "state",
          header: "Replication",
          cell: ({ server }) =>
            server === null ? (
              <span className="mark-failed">Not in the inventory</span>
            ) : (
              <StateMark kind="replication" value={server.replicationState}>
                <span className="quiet">{lagInWords(server.lagSeconds)}</span>
              </StateMark>
            ),
        },
        {
          id: "point",
          header: "Recovery point",
          cell: ({ server }) => (server === null ? "Not known" : server.hasRecoveryPoint ? "Yes" : "None"),
        },
        {
          id: "impact",
          header: "Impact",
          cell: ({ impact }) => (impact === "CRITICAL" ? "Critical" : "Optional"),
        },
        {
          id: "readiness",
          header: "Readiness",
          cell: ({ readiness, findings, otherGroups }) => (
            <>
              <StateMark kind="readiness" value={readiness} />
              {findings.map(({ code, reason, remedy }) => (
                <div key={code} className="quiet">
                  {reason} {remedy}
                </div>
              ))}
              {otherGroups.length === 0 ? null : (
                <div className="mark-failed">Also in {otherGroups.map(({ name }) => name).join(", ")}</div>
              )}
            </>
          ),
        },
        {
          id: "settings",
          header: "Launch settings",
          cell: ({ sourceServerId }) => <SettingsState server={states?.get(sourceServerId)} />,
        },
        {
          id: "seen",
          header: "Seen",
          cell: ({ server }) => (server === null ? "–" : <Time at={server.seenAt} />),
        },
      ]}
      empty="No server matches now. A plan with this group cannot start as long as it is empty."
    />
  );
}

function SettingsState({ server }: { server: Schemas["ServerLaunchSettings"] | undefined }) {
  if (server === undefined) return <span className="quiet">Not known yet</span>;
  return (
    <>
      <StateMark kind="launchSettings" value={server.status} />
      {server.drift.length === 0 ? null : (
        <div className="quiet">{server.drift.map(({ field }) => labelOf(field)).join(", ")}</div>
      )}
    </>
  );
}
