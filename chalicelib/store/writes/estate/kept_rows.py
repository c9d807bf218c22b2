"""Removes what the syncs keep of a place that is no longer synced."""

from collections.abc import Iterable

from ....domain.estate.accounts import Place
from ...tables.estate import RecoveryInstanceItem, RegionStatusItem, SearchTermItem, SourceServerItem, account_region
from ...tables.settings import SyncedTagsItem


def remove_rows(
    place: Place,
    *,
    servers: Iterable[str],
    instances: Iterable[str],
    tagged: Iterable[str],
    terms: Iterable[str],
) -> None:
    """Removes these rows of a place, 25 a request, and its status last: as long as that is there, rows may be.

    There are no conditions, because the rows are copies, and a place that is synced again gets them from its next sync.
    """
    key = account_region(place)
    with SourceServerItem.batch_write() as batch:
        for server_id in servers:
            batch.delete(SourceServerItem(account_region=key, source_server_id=server_id))
    with RecoveryInstanceItem.batch_write() as batch:
        for instance_id in instances:
            batch.delete(RecoveryInstanceItem(account_region=key, recovery_instance_id=instance_id))
    with SyncedTagsItem.batch_write() as batch:
        for server_id in tagged:
            batch.delete(SyncedTagsItem(account_region=key, source_server_id=server_id))
    with SearchTermItem.batch_write() as batch:
        for term in terms:
            batch.delete(SearchTermItem(account_region=key, term_key=term))
    with RegionStatusItem.batch_write() as batch:
        batch.delete(RegionStatusItem(account_id=place.account_id, region=place.region))
