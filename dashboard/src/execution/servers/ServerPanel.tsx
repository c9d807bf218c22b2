import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { ReactNode } from "react";
import { AppLink } from "../../parts/AppLink";
import { Time } from "../../parts/Time";
import { rangeInWords } from "../../servers/expected_launch";
import { StateMark } from "../../states/StateMark";
import type { Details, Row } from "./gathered";
import { PhaseText } from "./PhaseText";
import { usePhases } from "./use_phases";

interface Props {
  executionId: string;
  row: Row;
  onClose: () => void;
}

/** Everything about the selected server in this run. */
export function ServerPanel({ executionId, row, onClose }: Props) {
  const { details } = row;
  const phases = usePhases(executionId, [row]);
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={<Button iconName="close" variant="icon" ariaLabel="Close the server" onClick={onClose} />}
        >
          {row.hostname}
        </Header>
      }
    >
      <SpaceBetween size="m">
        <div>
          <StateMark kind="server" value={row.status} />
          <PhaseText phase={phases.get(row.sourceServerId)} />
        </div>
        {details === null ? (
          <span className="quiet">Its details are being read.</span>
        ) : (
          <>
            {details.error === "" ? null : <div className="mark-failed">{details.error}</div>}
            <KeyValuePairs columns={1} items={factsOf(details).map(([label, value]) => ({ label, value }))} />
          </>
        )}
      </SpaceBetween>
    </Container>
  );
}

function factsOf(details: Details): [string, ReactNode][] {
  const moment = (at: string | null) => (at === null ? "–" : <Time at={at} withZone />);
  const facts: [string, ReactNode][] = [
    [
      "Source server",
      <AppLink key="s" to={`/servers/${details.sourceServerId}`}>
        {details.sourceServerId}
      </AppLink>,
    ],
    ["Wave", details.waveNumber],
    ["Impact", details.impact],
    ["Account, Region", `${details.accountId}, ${details.region}`],
    ["Recovery instance", details.recoveryInstanceId || "none yet"],
    ["DRS job", details.jobId || "none yet"],
    [
      "Recovery point",
      details.recoveryPointAt === null ? "the newest at launch" : moment(details.recoveryPointAt),
    ],
    [
      "Launch is expected to take",
      details.expectedSeconds === null
        ? "–"
        : rangeInWords(details.expectedSeconds, details.expectedP90Seconds),
    ],
    ["Launch began", moment(details.startedAt)],
    ["Launch ended", moment(details.endedAt)],
  ];
  if (details.replaces.length > 0) facts.push(["Replaces", details.replaces.join(", ")]);
  if (details.terminatedAt !== null) facts.push(["Terminated", moment(details.terminatedAt)]);
  if (details.terminationError !== "") facts.push(["Not terminated because", details.terminationError]);
  return facts;
}
