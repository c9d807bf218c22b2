"""Reads the inventory of source servers: what the last sync saw, and how each place answered."""

from collections.abc import Iterable
from datetime import datetime

from ....domain.estate.accounts import Place
from ....domain.estate.inventory import InventoryRow, RegionSighting
from ....domain.estate.servers import SourceServer
from ...tables.estate import (
    PLACES,
    REGION_SIGHTINGS,
    SOURCE_SERVERS,
    RegionStatusItem,
    SourceServerItem,
    account_region,
    row_of,
)


def find_servers(place: Place, server_ids: Iterable[str]) -> dict[str, SourceServer]:
    """The servers with these ids that the inventory has in the place, by id. Costs one request, and one per 100 ids."""
    key = account_region(place)
    fresh = _fresh_as_of(find_region_sighting(place))
    items = SourceServerItem.batch_get([(key, server_id) for server_id in dict.fromkeys(server_ids) if server_id])
    return {item.source_server_id: _server_value(item, fresh) for item in items}


def servers_of_place(place: Place) -> list[SourceServer]:
    """Every server of the place. Costs one query, with about 1 MB a page."""
    fresh = _fresh_as_of(find_region_sighting(place))
    return [_server_value(item, fresh) for item in SourceServerItem.query(account_region(place))]


def inventory_rows(place: Place, *, consistent: bool = False) -> list[InventoryRow]:
    """Every row of the place. Costs one query, with about 1 MB a page."""
    return [row_of(item) for item in SourceServerItem.query(account_region(place), consistent_read=consistent)]


def inventory_rows_with_ids(place: Place, server_ids: Iterable[str]) -> list[InventoryRow]:
    """The rows of the place with these ids that there are, read consistently; 100 ids a request."""
    keys = [(account_region(place), server_id) for server_id in server_ids]
    return [row_of(item) for item in SourceServerItem.batch_get(keys, consistent_read=True)]


def rows_of_place(place: Place) -> list[SourceServer]:
    """Every server of the place as its row has it, read consistently. Costs one query, with about 1 MB a page."""
    return [
        SOURCE_SERVERS.to_record(item) for item in SourceServerItem.query(account_region(place), consistent_read=True)
    ]


def find_server_anywhere(server_id: str, account_id: str, region: str) -> list[SourceServer]:
    """The servers with this id in all places, or in those of the account and the Region that are given."""
    found = SourceServerItem.by_server.query(server_id)
    servers = [
        _server_value(item, _fresh_as_of(find_region_sighting(Place(item.account_id, item.region)))) for item in found
    ]
    return [server for server in servers if account_id in {"", server.account_id} and region in {"", server.region}]


def places_of_server(server_id: str, account_id: str, region: str) -> list[Place]:
    """The places with this server, or those of them in the account and the Region that are given. Costs one query."""
    places = [Place(item.account_id, item.region) for item in SourceServerItem.by_server.query(server_id)]
    return [place for place in places if account_id in {"", place.account_id} and region in {"", place.region}]


def find_region_sighting(place: Place) -> RegionSighting | None:
    """How the place answered the last sync; None when it was never synced."""
    try:
        item = RegionStatusItem.get(place.account_id, place.region)
    except RegionStatusItem.DoesNotExist:
        return None
    return REGION_SIGHTINGS.to_record(item)


def find_region_sightings(places: Iterable[Place]) -> dict[Place, RegionSighting]:
    """How these places answered the last sync, those that were synced; 100 places a request."""
    items = RegionStatusItem.batch_get([(place.account_id, place.region) for place in dict.fromkeys(places)])
    return {sighting.place: sighting for sighting in map(REGION_SIGHTINGS.to_record, items)}


def sightings_between(first_account: str, last_account: str) -> list[RegionSighting]:
    """How the Regions of these accounts, and of those between them by number, answered the last sync.

    Costs one query, with about 1 MB a page. A row that was written before it had a kind is not found.
    """
    within = RegionStatusItem.account_region.between(f"{first_account}#", f"{last_account}#~")
    return [REGION_SIGHTINGS.to_record(item) for item in RegionStatusItem.by_kind.query(PLACES, within)]


def sightings_of_account(account_id: str) -> list[RegionSighting]:
    """How the Regions of an account answered the last sync, by Region; those that were synced."""
    return [REGION_SIGHTINGS.to_record(item) for item in RegionStatusItem.query(account_id)]


def _fresh_as_of(sighting: RegionSighting | None) -> datetime | None:
    return sighting.synced_at if sighting else None


def _server_value(item: SourceServerItem, fresh: datetime | None) -> SourceServer:
    """The server of a row. A row is written only on changes, so a later complete scan has seen the server too."""
    return SOURCE_SERVERS.to_record(item).seen_again(fresh)
