import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import type { Schemas } from "../api/schemas";
import { counted, number } from "../format/numbers";
import Table from "../lists/Table";
import { Failure } from "../parts/Failure";
import { Bars } from "../parts/Waiting";
import { lagInWords } from "../servers/server_words";
import { GlyphIcon } from "../states/GlyphIcon";
import { StateMark } from "../states/StateMark";
import { missing } from "./group_draft";
import { ImpactInput, ImpactOfMany } from "./ImpactInput";
import type { StepProps } from "./steps";
import { usePreview } from "./use_preview";

/** What the selection matches now, with the impact of each server. */
export function Preview({ draft, change, groupId }: StepProps) {
  const preview = usePreview(draft, groupId);
  const lacks = missing(draft, "selection");
  const data = preview.data;
  return (
    <Container
      header={
        <Header
          variant="h2"
          counter={data === undefined || lacks.length > 0 ? "" : `(${number(data.serverCount)})`}
          description="As the last sync of the inventory saw them."
        >
          Matches now
        </Header>
      }
    >
      {lacks.length > 0 ? (
        <p className="quiet sentence">{lacks.join(" ")}</p>
      ) : preview.error !== null ? (
        <Failure failure={preview.error} what="The servers" retry={() => void preview.refetch()} />
      ) : data === undefined ? (
        <Bars />
      ) : (
        <>
          <Shared data={data} />
          <Matches data={data} draft={draft} change={change} />
        </>
      )}
    </Container>
  );
}

function Shared({ data }: { data: Schemas["ResolvedSelection"] }) {
  return (
    <div role="status">
      {data.sharedWith.map(({ groupId, name, serverCount }) => (
        <p key={groupId} className="mark mark-failed">
          <GlyphIcon glyph="cross" />
          <span>
            {counted(serverCount, "server")} of these {serverCount === 1 ? "belongs" : "belong"} to the group{" "}
            {name}. A server belongs to one group only, so that this group cannot be saved so.
          </span>
        </p>
      ))}
    </div>
  );
}

function Matches({
  data,
  draft,
  change,
}: { data: Schemas["ResolvedSelection"] } & Pick<StepProps, "draft" | "change">) {
  const ids = data.servers.map(({ sourceServerId }) => sourceServerId);
  return (
    <Table
      items={data.servers}
      trackBy="sourceServerId"
      variant="embedded"
      contentDensity="compact"
      ariaLabels={{ tableLabel: "Servers that match" }}
      header={
        <ImpactOfMany
          label={`Impact of the ${number(ids.length)} that are shown`}
          onChange={(impact) =>
            change({ impact: { ...draft.impact, ...Object.fromEntries(ids.map((id) => [id, impact])) } })
          }
        />
      }
      columnDefinitions={[
        {
          id: "host",
          header: "Host name",
          isRowHeader: true,
          cell: ({ server, sourceServerId }) => server?.hostname ?? sourceServerId,
        },
        {
          id: "state",
          header: "Replication",
          cell: ({ server }) =>
            server === null ? (
              "Not in the inventory"
            ) : (
              <StateMark kind="replication" value={server.replicationState}>
                <span className="quiet">{lagInWords(server.lagSeconds)}</span>
              </StateMark>
            ),
        },
        {
          id: "readiness",
          header: "Readiness",
          cell: ({ readiness }) => <StateMark kind="readiness" value={readiness} />,
        },
        {
          id: "held",
          header: "Other group",
          cell: ({ otherGroups }) =>
            otherGroups.length === 0 ? (
              "–"
            ) : (
              <span className="mark-failed">held by {otherGroups.map(({ name }) => name).join(", ")}</span>
            ),
        },
        {
          id: "impact",
          header: "Impact",
          cell: ({ sourceServerId, server }) => (
            <ImpactInput
              label={`Impact of ${server?.hostname ?? sourceServerId}`}
              value={draft.impact[sourceServerId] ?? "CRITICAL"}
              onChange={(impact) => change({ impact: { ...draft.impact, [sourceServerId]: impact } })}
            />
          ),
        },
      ]}
      footer={
        data.nextCursor === null ? null : (
          <span className="quiet">
            The first {number(ids.length)} of {number(data.serverCount)} are shown.
          </span>
        )
      }
      empty="No server matches now. The group can be made all the same; a plan with it cannot start as long as it is empty."
    />
  );
}
