import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import { UsageBar } from "../capacity/UsageBar";
import { number } from "../format/numbers";
import Table from "../lists/Table";
import { useRead } from "../live/use_read";
import { AppLink } from "../parts/AppLink";
import { Loaded } from "../parts/Loaded";
import { Time } from "../parts/Time";
import { usePlaces } from "../places/use_places";
import { StateMark } from "../states/StateMark";

/** Each Region as DRS answered there last, with its quotas. */
export function RegionStates({ accountId }: { accountId: string }) {
  const places = usePlaces();
  const capacity = useRead("/accounts/targets/{accountId}/capacity", { path: { accountId } });
  return (
    <Container header={<Header variant="h2">Regions</Header>}>
      <Loaded result={places} what="The Regions">
        {({ items }) => (
          <Table
            items={items.find((account) => account.accountId === accountId)?.regions ?? []}
            trackBy="region"
            variant="embedded"
            contentDensity="compact"
            wrapLines
            ariaLabels={{ tableLabel: "Regions of the account" }}
            columnDefinitions={[
              { id: "region", header: "Region", isRowHeader: true, cell: ({ region }) => region },
              {
                id: "state",
                header: "DRS",
                cell: ({ state, lastError }) => (
                  <>
                    {state === null ? "Not read yet" : <StateMark kind="region" value={state} />}
                    {lastError === "" ? null : <div className="quiet">{lastError}</div>}
                  </>
                ),
              },
              {
                id: "servers",
                header: "Servers",
                cell: ({ region, serverCount }) => (
                  <AppLink to={`/servers?accountId=${accountId}&region=${region}`}>
                    {number(serverCount)}
                  </AppLink>
                ),
              },
              {
                id: "quotas",
                header: "Quotas",
                cell: ({ region }) =>
                  (
                    capacity.data?.places.find(
                      (place) => place.accountId === accountId && place.region === region,
                    )?.usages ?? []
                  ).map((usage) => <UsageBar key={usage.quota} usage={usage} />),
              },
              {
                id: "read",
                header: "Read",
                cell: ({ syncedAt }) => (syncedAt === null ? "Never" : <Time at={syncedAt} />),
              },
            ]}
            empty="No Region has been read yet. The next sync of the inventory does."
          />
        )}
      </Loaded>
    </Container>
  );
}
