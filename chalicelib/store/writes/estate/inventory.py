"""Writes the inventory of source servers, and how each place answered."""

from collections.abc import Mapping
from datetime import datetime

from pynamodb.exceptions import PutError, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from ....domain.estate.accounts import Place
from ....domain.estate.holdings import Correction, Holding, InventoryRow
from ....domain.estate.inventory import InventoryChange, RegionSighting
from ...failures import condition_failed
from ...tables.estate import REGION_SIGHTINGS, RegionStatusItem, SourceServerItem, account_region, item_of


def write_inventory(place: Place, change: InventoryChange, holdings: Mapping[str, Holding]) -> None:
    """Writes and removes rows, 25 a request. Those without one of the holdings, which are by id, have none then.

    There are no conditions, because a row is a copy of what DRS has and of the register. If two syncs at once mix rows
    up, the next sync repairs them.
    """
    key = account_region(place)
    with SourceServerItem.batch_write() as batch:
        for server in change.write:
            batch.save(item_of(InventoryRow(server, holdings.get(server.source_server_id))))
        for server_id in change.remove:
            batch.delete(SourceServerItem(account_region=key, source_server_id=server_id))


def keep_holding(place: Place, correction: Correction) -> None:
    """Replaces the holding of a row; not of a row that is gone, nor a holding of a later version."""
    item = SourceServerItem(account_region=account_region(place), source_server_id=correction.server_id)
    groups = correction.holding.groups
    actions: list[Action] = [
        SourceServerItem.held_at.set(correction.holding.version),
        SourceServerItem.held_by.remove() if groups is None else SourceServerItem.held_by.set(groups),
    ]
    try:
        item.update(actions, condition=_holding_is_not_later_than(correction.latest))
    except UpdateError as error:
        if not condition_failed(error):
            raise


def record_region(sighting: RegionSighting) -> None:
    """Records how a place answered, unless a later sync has already recorded it."""
    item = REGION_SIGHTINGS.to_item(sighting, last_error=sighting.last_error[:1_000])
    try:
        item.save(condition=_is_not_older(sighting.synced_at))
    except PutError as error:
        if not condition_failed(error):
            raise


def _holding_is_not_later_than(version: int) -> Condition:
    held_at = SourceServerItem.held_at
    condition: Condition = SourceServerItem.hostname.exists() & (held_at.does_not_exist() | (held_at <= version))
    return condition


def _is_not_older(at: datetime) -> Condition:
    condition: Condition = RegionStatusItem.account_id.does_not_exist() | (RegionStatusItem.synced_at <= at)
    return condition
