"""Tables of the estate: target accounts, and what the syncs saw in them."""

from pynamodb.attributes import (
    BooleanAttribute,
    JSONAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
)
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from ...domain.estate.accounts import Place, TargetAccount
from ...domain.estate.fleet import lag_order, name_order
from ...domain.estate.inventory import Holding, HoldingGroup, InventoryRow, RegionSighting, RegionState
from ...domain.estate.recovery_instances import RecoveryInstance
from ...domain.estate.servers import Disk, OperatingSystem, SourceServer
from ...domain.estate.terms import SearchTerm, TermKind
from ...domain.runs.existing_instances import InstanceMode
from ..records import Stored
from .base import EnumAttribute, IntegerAttribute, Table, ValueAttribute, table_name


class TargetAccountItem(Table):
    class Meta:
        table_name = table_name("target-accounts")

    account_id = UnicodeAttribute(hash_key=True)
    name = UnicodeAttribute()
    read_role_arn = UnicodeAttribute()
    operate_role_arn = UnicodeAttribute()
    external_id = UnicodeAttribute()
    regions = ValueAttribute[tuple[str, ...]](tuple[str, ...])
    version = IntegerAttribute()
    updated_at = UTCDateTimeAttribute(null=True)
    updated_by = UnicodeAttribute()
    updated_by_subject = UnicodeAttribute(null=True)


TARGET_ACCOUNTS = Stored(TargetAccount, TargetAccountItem)


SERVERS = "SERVER"
"""The first key of the indexes of all source servers."""


class InventoryByServer(GlobalSecondaryIndex["SourceServerItem"]):
    class Meta:
        index_name = "by_server"
        projection = AllProjection()

    source_server_id = UnicodeAttribute(hash_key=True)
    account_region = UnicodeAttribute(range_key=True)


class InventoryByName(GlobalSecondaryIndex["SourceServerItem"]):
    """All servers by host name."""

    class Meta:
        index_name = "by_kind_name"
        projection = AllProjection()

    kind = UnicodeAttribute(hash_key=True)
    name_key = UnicodeAttribute(range_key=True)


class InventoryByAccount(GlobalSecondaryIndex["SourceServerItem"]):
    """The servers of each account by host name."""

    class Meta:
        index_name = "by_account_name"
        projection = AllProjection()

    account_id = UnicodeAttribute(hash_key=True)
    name_key = UnicodeAttribute(range_key=True)


class InventoryByLag(GlobalSecondaryIndex["SourceServerItem"]):
    """All servers by how far their replication is behind."""

    class Meta:
        index_name = "by_kind_lag"
        projection = AllProjection()

    kind = UnicodeAttribute(hash_key=True)
    lag_key = UnicodeAttribute(range_key=True)


class SourceServerItem(Table):
    """What the last sync saw of one source server; ``account_region`` is ``account#region``."""

    class Meta:
        table_name = table_name("source-server-inventory")

    account_region = UnicodeAttribute(hash_key=True)
    source_server_id = UnicodeAttribute(range_key=True)
    account_id = UnicodeAttribute()
    region = UnicodeAttribute()
    hostname = UnicodeAttribute()
    os = EnumAttribute[OperatingSystem](OperatingSystem)
    replication_state = UnicodeAttribute()
    lag_seconds = IntegerAttribute(null=True)
    tags = ValueAttribute[dict[str, str]](dict[str, str])
    last_launch_result = UnicodeAttribute()
    has_recovery_point = BooleanAttribute()
    source_instance_id = UnicodeAttribute()
    staging_account_id = UnicodeAttribute(null=True)
    source_account_id = UnicodeAttribute(null=True)
    source_region = UnicodeAttribute(null=True)
    os_name = UnicodeAttribute(null=True)
    instance_type = UnicodeAttribute(null=True)
    recommended_instance_type = UnicodeAttribute(null=True)
    private_addresses = ValueAttribute[tuple[str, ...]](tuple[str, ...], null=True)
    cpu_cores = IntegerAttribute(null=True)
    ram_bytes = IntegerAttribute(null=True)
    disks = ValueAttribute[tuple[Disk, ...]](tuple[Disk, ...], null=True)
    extension_error = UnicodeAttribute(null=True)
    last_launch_mode = UnicodeAttribute(null=True)
    last_launch_at = UTCDateTimeAttribute(null=True)
    seen_at = UTCDateTimeAttribute()
    kind = UnicodeAttribute(null=True, default=SERVERS)
    name_key = UnicodeAttribute(null=True)
    lag_key = UnicodeAttribute(null=True)
    held_by = ValueAttribute[tuple[HoldingGroup, ...]](tuple[HoldingGroup, ...], null=True)
    held_at = IntegerAttribute(null=True)
    by_server = InventoryByServer()
    by_kind_name = InventoryByName()
    by_account_name = InventoryByAccount()
    by_kind_lag = InventoryByLag()


def account_region(place: Place) -> str:
    """The partition key of a place."""
    return f"{place.account_id}#{place.region}"


SOURCE_SERVERS = Stored(
    SourceServer,
    SourceServerItem,
    made={
        "account_region": lambda server: account_region(server.place),
        "name_key": name_order,
        "lag_key": lag_order,
    },
    apart=("kind", "held_by", "held_at"),
)


def row_of(item: SourceServerItem) -> InventoryRow:
    """The row of an item. ``held_at`` is the version of its holding, without which there is none."""
    stored = item.attribute_values
    holding = Holding(stored["held_at"], stored.get("held_by")) if "held_at" in stored else None
    return InventoryRow(SOURCE_SERVERS.to_record(item), holding)


def item_of(row: InventoryRow) -> SourceServerItem:
    holding = row.holding
    known = {"held_at": holding.version, "held_by": holding.groups} if holding else {}
    return SOURCE_SERVERS.to_item(row.server, **known)


class InstancesBySourceServer(GlobalSecondaryIndex["RecoveryInstanceItem"]):
    class Meta:
        index_name = "by_source_server"
        projection = AllProjection()

    source_server_id = UnicodeAttribute(hash_key=True)
    account_region = UnicodeAttribute(range_key=True)


class RecoveryInstanceItem(Table):
    """What the last sync saw of one recovery instance."""

    class Meta:
        table_name = table_name("recovery-instances")

    account_region = UnicodeAttribute(hash_key=True)
    recovery_instance_id = UnicodeAttribute(range_key=True)
    source_server_id = UnicodeAttribute()
    account_id = UnicodeAttribute()
    region = UnicodeAttribute()
    mode = EnumAttribute[InstanceMode](InstanceMode)
    state = UnicodeAttribute()
    launched_at = UTCDateTimeAttribute(null=True)
    in_drs = BooleanAttribute()
    job_id = UnicodeAttribute()
    execution_id = UnicodeAttribute()
    hostname = UnicodeAttribute()
    changed_at = UTCDateTimeAttribute()
    by_source_server = InstancesBySourceServer()


RECOVERY_INSTANCES = Stored(
    RecoveryInstance,
    RecoveryInstanceItem,
    made={"account_region": lambda row: account_region(Place(row.account_id, row.region))},
)


class TermsByKind(GlobalSecondaryIndex["SearchTermItem"]):
    class Meta:
        index_name = "by_kind_term"
        projection = AllProjection()

    kind = UnicodeAttribute(hash_key=True)
    term = UnicodeAttribute(range_key=True)


class SearchTermItem(Table):
    """One text that the search finds a source server by; ``term_key`` is ``kind#term#server``."""

    class Meta:
        table_name = table_name("search-terms")

    account_region = UnicodeAttribute(hash_key=True)
    term_key = UnicodeAttribute(range_key=True)
    kind = EnumAttribute[TermKind](TermKind)
    term = UnicodeAttribute()
    source_server_id = UnicodeAttribute()
    by_kind_term = TermsByKind()


def term_key(term: SearchTerm) -> str:
    """The sort key of a term."""
    return f"{term.kind}#{term.term}#{term.source_server_id}"


SEARCH_TERMS = Stored(
    SearchTerm,
    SearchTermItem,
    made={"account_region": lambda term: account_region(term.place), "term_key": term_key},
    found={"place": lambda item: Place(*item.account_region.split("#"))},
)


class RegionsByKind(GlobalSecondaryIndex["RegionStatusItem"]):
    """All places by account and Region."""

    class Meta:
        index_name = "by_kind"
        projection = AllProjection()

    kind = UnicodeAttribute(hash_key=True)
    account_region = UnicodeAttribute(range_key=True)


PLACES = "PLACE"
"""The first key of the index of all places."""


class RegionStatusItem(Table):
    """Whether DRS answers in an account and Region, and what the last sync found there."""

    class Meta:
        table_name = table_name("region-status")

    account_id = UnicodeAttribute(hash_key=True)
    region = UnicodeAttribute(range_key=True)
    state = EnumAttribute[RegionState](RegionState, attr_name="status")
    server_count = IntegerAttribute(default=0)
    last_error = UnicodeAttribute(default="")
    synced_at = UTCDateTimeAttribute()
    replicating_count = IntegerAttribute(null=True)
    extended = ValueAttribute[dict[str, int]](dict[str, int], null=True)
    replication = ValueAttribute[dict[str, int]](dict[str, int], null=True)
    readiness = ValueAttribute[dict[str, int]](dict[str, int], null=True)
    worst_lag_seconds = IntegerAttribute(null=True)
    kind = UnicodeAttribute(null=True, default=PLACES)
    account_region = UnicodeAttribute(null=True)
    by_kind = RegionsByKind()


REGION_SIGHTINGS = Stored(
    RegionSighting,
    RegionStatusItem,
    made={
        "account_id": lambda seen: seen.place.account_id,
        "region": lambda seen: seen.place.region,
        "account_region": lambda seen: account_region(seen.place),
    },
    found={"place": lambda item: Place(item.account_id, item.region)},
    apart=("kind",),
)


class SyncRunItem(Table):
    """The result of each sync."""

    class Meta:
        table_name = table_name("sync-runs")

    kind = UnicodeAttribute(hash_key=True)
    started_at = UTCDateTimeAttribute(range_key=True)
    ended_at = UTCDateTimeAttribute(null=True)
    outcome = UnicodeAttribute()
    details = JSONAttribute(default=dict)
    expires_at = IntegerAttribute(null=True)
