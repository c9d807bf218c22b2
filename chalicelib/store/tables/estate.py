"""Tables of the estate: target accounts and what the syncs saw in them."""

from pynamodb.attributes import (
    BooleanAttribute,
    JSONAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
)
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from ...domain.accounts import Place
from .base import Table, ValueAttribute, table_name


class TargetAccountItem(Table):
    class Meta:
        table_name = table_name("target-accounts")

    account_id = UnicodeAttribute(hash_key=True)
    name = UnicodeAttribute()
    read_role_arn = UnicodeAttribute(default="")
    operate_role_arn = UnicodeAttribute(default="")
    external_id = UnicodeAttribute(default="")
    regions = ValueAttribute[tuple[str, ...]](tuple[str, ...], default=())


class InventoryByServer(GlobalSecondaryIndex["SourceServerItem"]):
    class Meta:
        index_name = "by_server"
        projection = AllProjection()

    source_server_id = UnicodeAttribute(hash_key=True)
    account_region = UnicodeAttribute(range_key=True)


class SourceServerItem(Table):
    """What the last sync saw of one source server; ``account_region`` is ``account#region``."""

    class Meta:
        table_name = table_name("source-server-inventory")

    account_region = UnicodeAttribute(hash_key=True)
    source_server_id = UnicodeAttribute(range_key=True)
    account_id = UnicodeAttribute()
    region = UnicodeAttribute()
    hostname = UnicodeAttribute()
    os = UnicodeAttribute()
    replication_state = UnicodeAttribute()
    lag_seconds = NumberAttribute(null=True)
    tags = ValueAttribute[dict[str, str]](dict[str, str])
    last_launch_result = UnicodeAttribute(default="NOT_STARTED")
    has_recovery_point = BooleanAttribute(default=True)
    source_instance_id = UnicodeAttribute(default="")
    seen_at = UTCDateTimeAttribute()
    by_server = InventoryByServer()


class RegionStatusItem(Table):
    """Whether DRS answers in one account and Region, and what the last sync found there."""

    class Meta:
        table_name = table_name("region-status")

    account_id = UnicodeAttribute(hash_key=True)
    region = UnicodeAttribute(range_key=True)
    status = UnicodeAttribute()
    server_count = NumberAttribute(default=0)
    last_error = UnicodeAttribute(default="")
    synced_at = UTCDateTimeAttribute()


class SyncRunItem(Table):
    """The result of each sync."""

    class Meta:
        table_name = table_name("sync-runs")

    sync_kind = UnicodeAttribute(hash_key=True, attr_name="kind")
    started_at = UTCDateTimeAttribute(range_key=True)
    ended_at = UTCDateTimeAttribute(null=True)
    outcome = UnicodeAttribute()
    details = JSONAttribute(default=dict)
    expires_at = NumberAttribute(null=True)


def account_region(place: Place) -> str:
    """The partition key of a place."""
    return f"{place.account_id}#{place.region}"
