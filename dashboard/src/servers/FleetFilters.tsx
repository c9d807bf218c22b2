import { Choice } from "../lists/Choice";
import { SearchField } from "../lists/SearchField";
import { useAddress } from "../lists/use_address";
import { useRead } from "../live/use_read";
import { usePlaces } from "../places/use_places";
import type { FleetFilter } from "./fleet_filter";

/** What the list is filtered by and how it is sorted. All of it is in the URL. */
export function FleetFilters({ filter }: { filter: FleetFilter }) {
  const [, choose] = useAddress();
  const accounts = usePlaces().data?.items ?? [];
  const groups = useRead("/protection-groups", { query: { limit: 100 } }).data?.items ?? [];
  const regions = accounts
    .filter(({ accountId }) => filter.accountId === "" || accountId === filter.accountId)
    .flatMap((account) => account.regions.map(({ region }) => region));
  return (
    <div className="filters">
      <SearchField
        label="Find by the beginning of a host name, an address or an id"
        value={filter.q}
        onSearch={(q) => choose({ q })}
      />
      <Choice
        label="Account"
        none="All accounts"
        value={filter.accountId}
        options={accounts.map(({ accountId, name }) => ({
          value: accountId,
          label: name,
          description: accountId,
        }))}
        onChoose={(accountId) => choose({ accountId, region: "", groupId: "" })}
      />
      <Choice
        label="Region"
        none="All Regions"
        value={filter.region}
        options={[...new Set(regions)].sort().map((region) => ({ value: region, label: region }))}
        onChoose={(region) => choose({ region, groupId: "" })}
      />
      <Choice
        label="Protection group"
        none="All groups"
        value={filter.groupId}
        options={groups.map(({ groupId, name }) => ({ value: groupId, label: name }))}
        onChoose={(groupId) => choose({ groupId, accountId: "", region: "" })}
      />
      <Choice
        label="Order"
        none="By host name"
        value={filter.sort === "LAG" ? "LAG" : ""}
        options={[{ value: "LAG", label: "Furthest behind first" }]}
        onChoose={(sort) => choose({ sort })}
      />
    </div>
  );
}
