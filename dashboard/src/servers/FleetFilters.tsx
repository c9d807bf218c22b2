import { Choice } from "../lists/Choice";
import { SearchField } from "../lists/SearchField";
import { useAddress } from "../lists/use_address";
import { useRead } from "../live/use_read";
import { PlaceChoices } from "../places/PlaceChoices";
import type { FleetFilter } from "./fleet_filter";

/** What the list is filtered by and how it is sorted. All of it is in the URL. A group is chosen with its place. */
export function FleetFilters({ filter }: { filter: FleetFilter }) {
  const [, choose] = useAddress();
  const groups = useRead("/protection-groups", { query: { limit: 100 } }).data?.items ?? [];
  return (
    <div className="filters">
      <SearchField
        label="Find by the beginning of a host name, an address or an id"
        hint="Host name, address or id"
        value={filter.q}
        onSearch={(q) => choose({ q })}
      />
      <PlaceChoices
        accountId={filter.accountId}
        region={filter.region}
        choose={(place) => choose({ ...place, groupId: "" })}
      />
      <Choice
        label="Protection group"
        none="All groups"
        value={filter.groupId}
        options={groups.map(({ groupId, name }) => ({ value: groupId, label: name }))}
        onChoose={(groupId) => {
          const { accountId = "", region = "" } = groups.find((group) => group.groupId === groupId) ?? {};
          choose({ groupId, accountId, region });
        }}
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
