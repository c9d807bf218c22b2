import SpaceBetween from "@cloudscape-design/components/space-between";
import { counted, number } from "../format/numbers";
import { CsvButton } from "../lists/CsvButton";
import { readAll } from "../lists/read_all";
import { useAddress } from "../lists/use_address";
import { useRead } from "../live/use_read";
import { Page } from "../parts/Page";
import { FleetFacets } from "./FleetFacets";
import { FleetFilters } from "./FleetFilters";
import { FleetTable } from "./FleetTable";
import { filterOf, matchingCount, queryOf } from "./fleet_filter";
import { InventoryAge } from "./InventoryAge";
import { SERVER_COLUMNS } from "./server_words";

/** All source servers of all accounts and Regions, by pages of the API. */
export default function ServersPage() {
  const [params] = useAddress();
  const filter = filterOf(params);
  const { accountId, region } = filter;
  const counts = useRead(
    "/drs/source-servers/summary",
    { query: { accountId, region } },
    { keepPrevious: true },
  );
  const count = matchingCount(counts.data, filter);
  return (
    <Page
      title="Servers"
      heading={
        <>
          Servers <span className="quiet">{count === undefined ? "" : `(${number(count)})`}</span>
        </>
      }
      description={<InventoryAge counts={counts} />}
      actions={
        <CsvButton
          name="servers"
          columns={SERVER_COLUMNS}
          readRows={(arrived, signal) =>
            readAll(
              "/drs/source-servers",
              { query: { ...queryOf(filter), limit: 1_000 } },
              { arrived, signal },
            )
          }
        />
      }
    >
      <SpaceBetween size="m">
        <FleetFacets counts={counts} filter={filter} />
        <FleetFilters filter={filter} />
        <FleetTable
          filter={filter}
          count={count === undefined ? undefined : counted(count, "server")}
          failed={counts.data?.places.filter(({ problem }) => problem !== "") ?? []}
        />
      </SpaceBetween>
    </Page>
  );
}
