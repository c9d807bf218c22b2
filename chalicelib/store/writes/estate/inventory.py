"""Writes the inventory of source servers, and how each place answered."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from pynamodb.exceptions import PutError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from ....domain.estate.accounts import Place
from ....domain.estate.holdings import Correction
from ....domain.estate.inventory import Holding, InventoryChange, InventoryRow, RegionSighting
from ....side_by_side import chunks
from ...failures import condition_failed
from ...tables.estate import REGION_SIGHTINGS, RegionStatusItem, SourceServerItem, account_region, item_of
from ...transactions import MAX_ITEMS, ConditionFailed, Label, Transaction, commit


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


def keep_holdings(place: Place, corrections: Sequence[Correction]) -> None:
    """Replaces the holdings of rows, 100 in a transaction; not of rows that are gone, nor holdings of later versions.

    A transaction is a tenth of the work of a hundred requests. Those rows whose condition fails are left out of the
    next try.
    """
    for some in chunks(corrections, MAX_ITEMS):
        left = some
        while refused := _refused(place, left):
            left = [each for each in left if each.server_id not in refused]


def _refused(place: Place, corrections: Iterable[Correction]) -> Collection[Label]:
    """The servers of which a condition failed, so that nothing was written; none if everything was."""

    def update_all(transaction: Transaction) -> None:
        for correction in corrections:
            item = SourceServerItem(account_region=account_region(place), source_server_id=correction.server_id)
            condition = _holding_is_not_later_than(correction.latest)
            transaction.update(item, actions=_holding(correction), condition=condition, label=correction.server_id)

    try:
        commit(update_all)
    except ConditionFailed as failed:
        return failed.labels
    return ()


def _holding(correction: Correction) -> list[Action]:
    groups = correction.holding.groups
    return [
        SourceServerItem.held_at.set(correction.holding.version),
        SourceServerItem.held_by.remove() if groups is None else SourceServerItem.held_by.set(groups),
    ]


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
