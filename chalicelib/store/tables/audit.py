"""The audit table: one entry for each operation call, append only."""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from .base import Table, table_name


class AuditByInvocationMode(GlobalSecondaryIndex["AuditEntryItem"]):
    class Meta:
        index_name = "InvocationModeIndex"
        projection = AllProjection()

    invocation_mode = UnicodeAttribute(hash_key=True)
    timestamp = UTCDateTimeAttribute(range_key=True)


class AuditByPrincipal(GlobalSecondaryIndex["AuditEntryItem"]):
    class Meta:
        index_name = "by_principal"
        projection = AllProjection()

    principal_name = UnicodeAttribute(hash_key=True)
    timestamp = UTCDateTimeAttribute(range_key=True)


class AuditEntryItem(Table):
    """``audit_day`` is the UTC day; ``entry_id`` a ULID; ``expires_at`` the time to live in epoch seconds."""

    class Meta:
        table_name = table_name("audit-logs")

    audit_day = UnicodeAttribute(hash_key=True)
    entry_id = UnicodeAttribute(range_key=True)
    timestamp = UTCDateTimeAttribute()
    invocation_mode = UnicodeAttribute()
    principal_name = UnicodeAttribute()
    principal = UnicodeAttribute()
    operation = UnicodeAttribute()
    side = UnicodeAttribute()
    permission = UnicodeAttribute()
    verdict = UnicodeAttribute()
    request_id = UnicodeAttribute()
    source_ip = UnicodeAttribute(default="")
    parameters = UnicodeAttribute(default="")
    resource_ids = UnicodeAttribute(default="")
    status_code = NumberAttribute()
    error_code = UnicodeAttribute(default="")
    duration_ms = NumberAttribute(default=0)
    expires_at = NumberAttribute()
    by_invocation_mode = AuditByInvocationMode()
    by_principal = AuditByPrincipal()
