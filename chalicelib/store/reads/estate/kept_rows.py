"""Reads what the syncs keep of a place, by keys alone, to remove it when the place is no longer synced."""

import msgspec

from ....domain.estate.accounts import Place
from ...tables.estate import RecoveryInstanceItem, RegionStatusItem, SearchTermItem, SourceServerItem, account_region
from ...tables.settings import SyncedTagsItem


class KeptRows(msgspec.Struct, frozen=True):
    """The keys of a place's rows: source servers, recovery instances, servers whose tags were written, and terms."""

    servers: tuple[str, ...]
    instances: tuple[str, ...]
    tagged: tuple[str, ...]
    terms: tuple[str, ...]


def kept_rows(place: Place) -> KeptRows:
    """The rows of a place, read consistently with four queries."""
    key = account_region(place)
    servers = SourceServerItem.query(key, consistent_read=True, attributes_to_get=["source_server_id"])
    instances = RecoveryInstanceItem.query(key, consistent_read=True, attributes_to_get=["recovery_instance_id"])
    tagged = SyncedTagsItem.query(key, consistent_read=True, attributes_to_get=["source_server_id"])
    terms = SearchTermItem.query(key, consistent_read=True, attributes_to_get=["term_key"])
    return KeptRows(
        servers=tuple(item.source_server_id for item in servers),
        instances=tuple(item.recovery_instance_id for item in instances),
        tagged=tuple(item.source_server_id for item in tagged),
        terms=tuple(item.term_key for item in terms),
    )


def synced_regions(account_id: str) -> list[str]:
    """The Regions of an account, registered or not, that have a status, read consistently with one query."""
    items = RegionStatusItem.query(account_id, consistent_read=True, attributes_to_get=["region"])
    return [item.region for item in items]
