import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import type { Schemas } from "../api/schemas";
import { serverNow } from "../live/server_clock";
import { Time } from "../parts/Time";
import { AccountName } from "../places/AccountName";
import { StateMark } from "../states/StateMark";
import { expectedInWords, sourceInWords } from "./expected_launch";
import { gibibytes, lagInWords, lastLaunchInWords } from "./server_words";
import { Tags } from "./Tags";

type Server = Schemas["SourceServer"];

interface Props {
  server: Server;
  expected: Schemas["ExpectedTime"];
  isLive: boolean;
}

export function ServerFacts({ server, expected, isLive }: Props) {
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={
            <>
              {isLive ? "As DRS answered at " : "As the sync of the inventory saw it at "}
              <Time at={server.seenAt} withZone />
            </>
          }
        >
          Facts
        </Header>
      }
    >
      <KeyValuePairs
        columns={4}
        minColumnWidth={190}
        items={[...standing(server, expected), ...machine(server), ...origin(server)]}
      />
    </Container>
  );
}

function standing(server: Server, expected: Schemas["ExpectedTime"]) {
  return [
    {
      label: "Replication",
      value: (
        <StateMark kind="replication" value={server.replicationState}>
          <span className="quiet">{lagInWords(server.lagSeconds)}</span>
        </StateMark>
      ),
    },
    {
      label: "Last launch",
      value: (
        <>
          {lastLaunchInWords(server.lastLaunchMode, server.lastLaunchResult)}
          {server.lastLaunchAt === null ? null : (
            <>
              {", "}
              <Time at={server.lastLaunchAt} />
            </>
          )}
        </>
      ),
    },
    {
      label: "Expected launch",
      value: (
        <>
          {expectedInWords(expected)}
          <div className="quiet">{sourceInWords(expected, serverNow())}</div>
        </>
      ),
    },
    { label: "Account", value: <AccountName accountId={server.accountId} /> },
    { label: "Region", value: server.region },
  ];
}

function machine(server: Server) {
  return [
    { label: "Source server", value: server.sourceServerId },
    { label: "Operating system", value: server.osName || server.os },
    { label: "Size", value: `${server.cpuCores} cores, ${gibibytes(server.ramBytes)} memory` },
    {
      label: "Disks",
      value:
        server.disks.map(({ deviceName, sizeBytes }) => `${deviceName} ${gibibytes(sizeBytes)}`).join(", ") ||
        "–",
    },
    { label: "Addresses", value: server.privateAddresses.join(", ") || "–" },
    { label: "Recommended instance type", value: server.recommendedInstanceType || "–" },
    { label: "Tags", value: <Tags tags={server.tags} /> },
  ];
}

function origin(server: Server) {
  const known: [string, string][] = [
    ["Source instance", server.sourceInstanceId],
    ["Source instance type", server.instanceType],
    ["Source account", server.sourceAccountId],
    ["Source Region", server.sourceRegion],
    ["Staging account", server.stagingAccountId],
    ["Extension", server.extensionError],
  ];
  return known.filter(([, value]) => value !== "").map(([label, value]) => ({ label, value }));
}
