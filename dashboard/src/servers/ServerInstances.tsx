import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import { PageTurner } from "../lists/PageTurner";
import Table from "../lists/Table";
import { useCursors } from "../lists/use_cursors";
import { useRead } from "../live/use_read";
import { AppLink } from "../parts/AppLink";
import { Loaded } from "../parts/Loaded";
import { Time } from "../parts/Time";
import { ModeBadge } from "../states/ModeBadge";

/** Instances that were launched from the server and still exist, as the last sync saw them. */
export function ServerInstances({ serverId }: { serverId: string }) {
  const { cursor, index, turn } = useCursors(serverId);
  const instances = useRead("/drs/recovery-instances", {
    query: { sourceServerId: serverId, limit: 25, ...(cursor === "" ? {} : { cursor }) },
  });
  return (
    <Container header={<Header variant="h2">Recovery instances</Header>}>
      <Loaded result={instances} what="The recovery instances">
        {({ items, nextCursor }) => (
          <Table
            items={items}
            variant="embedded"
            trackBy="recoveryInstanceId"
            contentDensity="compact"
            ariaLabels={{ tableLabel: "Recovery instances" }}
            pagination={<PageTurner index={index} nextCursor={nextCursor} turn={turn} />}
            columnDefinitions={[
              {
                id: "id",
                header: "Instance",
                isRowHeader: true,
                cell: (instance) => <span className="figures">{instance.recoveryInstanceId}</span>,
              },
              {
                id: "mode",
                header: "From",
                cell: ({ mode }) => (mode === "UNKNOWN" ? "Not known" : <ModeBadge mode={mode} />),
              },
              { id: "state", header: "State in EC2", cell: ({ state }) => state || "Not known" },
              {
                id: "launched",
                header: "Launched",
                cell: ({ launchedAt }) => (launchedAt === null ? "Not known" : <Time at={launchedAt} />),
              },
              {
                id: "execution",
                header: "Execution",
                cell: ({ executionId }) =>
                  executionId === "" ? (
                    "None of this platform"
                  ) : (
                    <AppLink to={`/executions/${executionId}`}>{executionId}</AppLink>
                  ),
              },
            ]}
            empty="No instance of this server was there at the last sync."
          />
        )}
      </Loaded>
    </Container>
  );
}
