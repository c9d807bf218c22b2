"""The table of the launch settings of servers, and of what became of them."""

from pynamodb.attributes import UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from ...domain.estate.launch_settings import LaunchSettings
from ...domain.estate.launch_status import Difference, LaunchRecord
from ..records import Stored
from .base import IntegerAttribute, Table, ValueAttribute, table_name


class LaunchRecordsByCheckSlot(GlobalSecondaryIndex["LaunchStatusItem"]):
    """Has only the servers whose settings were applied at least once."""

    class Meta:
        index_name = "by_check_slot"
        projection = AllProjection()

    check_slot = IntegerAttribute(hash_key=True)
    source_server_id = UnicodeAttribute(range_key=True)


class LaunchStatusItem(Table):
    """One server of a group. Its settings and its outcomes are written by different calls, each its own attributes."""

    class Meta:
        table_name = table_name("launch-status")

    group_id = UnicodeAttribute(hash_key=True)
    source_server_id = UnicodeAttribute(range_key=True)
    settings = ValueAttribute[LaunchSettings](LaunchSettings, null=True)
    version = IntegerAttribute(null=True)
    updated_at = UTCDateTimeAttribute(null=True)
    updated_by = UnicodeAttribute(null=True)
    updated_by_subject = UnicodeAttribute(null=True)
    applied_hash = UnicodeAttribute(null=True)
    applied_at = UTCDateTimeAttribute(null=True)
    failed_hash = UnicodeAttribute(null=True)
    error = UnicodeAttribute(null=True)
    drift = ValueAttribute[tuple[Difference, ...]](tuple[Difference, ...], null=True)
    checked_at = UTCDateTimeAttribute(null=True)
    check_error = UnicodeAttribute(null=True)
    check_slot = IntegerAttribute(null=True)
    by_check_slot = LaunchRecordsByCheckSlot()


LAUNCH_RECORDS = Stored(LaunchRecord, LaunchStatusItem)
