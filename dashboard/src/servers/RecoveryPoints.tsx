import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import type { Schemas } from "../api/schemas";
import { roughDuration, secondsBetween } from "../format/durations";
import { counted } from "../format/numbers";
import { PageTurner } from "../lists/PageTurner";
import Table from "../lists/Table";
import { useCursors } from "../lists/use_cursors";
import { serverNow } from "../live/server_clock";
import { useRead } from "../live/use_read";
import { Loaded } from "../parts/Loaded";
import { Time } from "../parts/Time";
import { placesOfPoints } from "./point_strip";

type Point = Schemas["RecoveryPoint"];

/** The recovery points of a server, over time and as a table; DRS is asked for them. */
export function RecoveryPoints({ server }: { server: Schemas["SourceServer"] }) {
  const { sourceServerId: serverId, accountId, region } = server;
  const { cursor, index, turn } = useCursors(serverId);
  const points = useRead(
    "/drs/source-servers/{serverId}/recovery-points",
    { path: { serverId }, query: { accountId, region, limit: 25, ...(cursor === "" ? {} : { cursor }) } },
    { keepPrevious: true },
  );
  return (
    <Container header={<Header variant="h2">Recovery points</Header>}>
      <Loaded result={points} what="The recovery points">
        {({ items, nextCursor }) => (
          <>
            <Strip points={items} />
            <Table
              items={items}
              variant="embedded"
              trackBy="pointId"
              contentDensity="compact"
              ariaLabels={{ tableLabel: "Recovery points" }}
              pagination={<PageTurner index={index} nextCursor={nextCursor} turn={turn} />}
              columnDefinitions={[
                { id: "at", header: "Taken at", cell: ({ at }) => <Time at={at} withZone /> },
                {
                  id: "age",
                  header: "Age",
                  cell: ({ at }) => roughDuration(secondsBetween(at, serverNow())),
                },
                {
                  id: "id",
                  header: "Recovery point",
                  isRowHeader: true,
                  cell: ({ pointId }) => <span className="figures">{pointId}</span>,
                },
              ]}
              empty="DRS has no recovery point of this server."
            />
          </>
        )}
      </Loaded>
    </Container>
  );
}

function Strip({ points }: { points: readonly Point[] }) {
  const oldest = points.at(-1);
  const newest = points[0];
  if (oldest === undefined || newest === undefined || points.length < 2) return null;
  const places = placesOfPoints(
    points.map(({ at }) => at),
    serverNow(),
  );
  return (
    <figure className="strip">
      <svg
        className="point-strip"
        viewBox="0 0 1000 36"
        preserveAspectRatio="none"
        aria-hidden="true"
        focusable="false"
      >
        <line className="axis" x1="0" x2="1000" y1="33" y2="33" />
        {points.map(({ pointId }, index) => {
          const x = 2 + 990 * (places[index] ?? 0);
          return <line key={pointId} x1={x} x2={x} y1="6" y2="30" vectorEffect="non-scaling-stroke" />;
        })}
      </svg>
      <figcaption className="quiet strip-ends">
        <Time at={oldest.at} withZone />
        <span>{counted(points.length, "point")} shown</span>
        <span>now</span>
      </figcaption>
    </figure>
  );
}
