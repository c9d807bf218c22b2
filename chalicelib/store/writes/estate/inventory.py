"""Writes the inventory of source servers, and how each place answered."""

from datetime import datetime

from pynamodb.exceptions import PutError
from pynamodb.expressions.condition import Condition

from ....domain.estate.accounts import Place
from ....domain.estate.inventory import InventoryChange, RegionSighting
from ...failures import condition_failed
from ...tables.estate import REGION_SIGHTINGS, SOURCE_SERVERS, RegionStatusItem, SourceServerItem, account_region


def write_inventory(place: Place, change: InventoryChange) -> None:
    """Writes and removes rows, 25 a request.

    There are no conditions, because a row is a copy of what DRS has. If two syncs at once mix rows up, the next sync
    repairs them.
    """
    key = account_region(place)
    with SourceServerItem.batch_write() as batch:
        for server in change.write:
            batch.save(SOURCE_SERVERS.to_item(server))
        for server_id in change.remove:
            batch.delete(SourceServerItem(account_region=key, source_server_id=server_id))


def record_region(sighting: RegionSighting) -> None:
    """Records how a place answered, unless a later sync has already recorded it."""
    item = REGION_SIGHTINGS.to_item(sighting, last_error=sighting.last_error[:1_000])
    try:
        item.save(condition=_is_not_older(sighting.synced_at))
    except PutError as error:
        if not condition_failed(error):
            raise


def _is_not_older(at: datetime) -> Condition:
    condition: Condition = RegionStatusItem.account_id.does_not_exist() | (RegionStatusItem.synced_at <= at)
    return condition
