import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { ActFailure } from "../acts/ActFailure";
import type { Schemas } from "../api/schemas";
import { counted, number } from "../format/numbers";
import Table from "../lists/Table";
import { useAct } from "../live/use_act";
import { useUser, whyNot } from "../session/permissions";

/** What the sync of tags would change, before it changes it. */
export function TagSyncTry() {
  const user = useUser();
  const sync = useAct("post", "/drs/tag-sync", ["/drs/tag-sync", "/drs/syncs", "/drs/source-servers"]);
  const reason = whyNot(user, "POST /drs/tag-sync");
  const data = sync.data;
  const isTried = data?.dryRun === true;
  const run = (dryRun: boolean) => sync.mutate({ body: { dryRun, force: false } });
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="Shows the differences first. Nothing is written by a dry run."
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <Button
                disabled={reason !== ""}
                disabledReason={reason}
                loading={sync.isPending}
                loadingText="Comparing"
                onClick={() => run(true)}
              >
                Show what would change
              </Button>
              <Button
                disabled={reason !== "" || !isTried || sync.isPending}
                disabledReason={reason || "Look first at what would change."}
                onClick={() => run(false)}
              >
                Sync now
              </Button>
            </SpaceBetween>
          }
        >
          Differences
        </Header>
      }
    >
      <ActFailure failure={sync.error} />
      {data === undefined ? null : <Result data={data} />}
    </Container>
  );
}

function Result({ data }: { data: Schemas["TagSyncResult"] }) {
  const total = data.changes.length + data.moreChanges;
  const verb = data.dryRun ? "would get" : "got";
  return (
    <>
      <p role="status" className="sentence">
        {total === 0
          ? `No server ${verb} other tags; ${counted(data.run.seen, "server")} compared.`
          : `${counted(total, "server")} ${verb} other tags.`}
        {data.moreChanges === 0 ? "" : ` The first ${number(data.changes.length)} are shown.`}
      </p>
      {Object.entries(data.run.failures).map(([place, problem]) => (
        <p key={place} className="mark-failed sentence">
          {place}: {problem}
        </p>
      ))}
      {total === 0 ? null : (
        <Table
          items={data.changes}
          trackBy="sourceServerId"
          variant="embedded"
          contentDensity="compact"
          wrapLines
          ariaLabels={{ tableLabel: "Differences of tags" }}
          columnDefinitions={[
            {
              id: "server",
              header: "Server",
              isRowHeader: true,
              cell: ({ hostname, sourceServerId }) => hostname || sourceServerId,
            },
            {
              id: "written",
              header: "Written",
              cell: ({ written, replaced }) =>
                Object.entries(written).map(([key, value]) => (
                  <div key={key}>
                    {key}: <span className="added">{value}</span>
                    {Object.hasOwn(replaced, key) ? (
                      <span className="removed"> (before: {replaced[key]})</span>
                    ) : null}
                  </div>
                )),
            },
            { id: "removed", header: "Removed", cell: ({ removed }) => removed.join(", ") || "–" },
            {
              id: "leaves",
              header: "Leaves groups",
              cell: ({ leavesGroups }) => leavesGroups.join(", ") || "–",
            },
            { id: "held", header: "Held back", cell: ({ heldBack }) => heldBack || "–" },
          ]}
        />
      )}
    </>
  );
}
