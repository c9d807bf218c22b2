"""The audit table: one entry for each operation call, append only."""

from datetime import timedelta
from typing import Any

from pynamodb.attributes import UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex, IncludeProjection

from ...domain.access.audit import AuditEntry, main_resource
from ...domain.access.permissions import InvocationMode
from ...settings import settings
from ..records import Stored
from .base import EnumAttribute, IntegerAttribute, Table, ValueAttribute, table_name


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


_COMPARED = ["invocation_mode", "operation", "principal_name", "timestamp", "verdict"]
"""What filters compare. None of it changes when an entry is closed, so that closing writes nothing to the indexes."""


class AuditByOperation(GlobalSecondaryIndex["AuditEntryItem"]):
    class Meta:
        index_name = "by_operation"
        projection = IncludeProjection(_COMPARED)

    operation = UnicodeAttribute(hash_key=True)
    entry_id = UnicodeAttribute(range_key=True)


class AuditByResource(GlobalSecondaryIndex["AuditEntryItem"]):
    class Meta:
        index_name = "by_resource"
        projection = IncludeProjection(_COMPARED)

    resource_id = UnicodeAttribute(hash_key=True)
    entry_id = UnicodeAttribute(range_key=True)


class AuditByRequest(GlobalSecondaryIndex["AuditEntryItem"]):
    class Meta:
        index_name = "by_request"
        projection = IncludeProjection(_COMPARED)

    request_id = UnicodeAttribute(hash_key=True)
    entry_id = UnicodeAttribute(range_key=True)


class AuditByRefusal(GlobalSecondaryIndex["AuditEntryItem"]):
    """A sparse index of the calls that were refused for lack of a permission."""

    class Meta:
        index_name = "by_refusal"
        projection = IncludeProjection(_COMPARED)

    refused = UnicodeAttribute(hash_key=True)
    entry_id = UnicodeAttribute(range_key=True)


REFUSED = "REFUSED"


class AuditEntryItem(Table):
    """``audit_day`` is the UTC day; ``entry_id`` a ULID; ``expires_at`` the time to live in epoch seconds.

    The recorded principal and verdict are read back unchanged, even if their types have changed since.
    """

    class Meta:
        table_name = table_name("audit-logs")

    audit_day = UnicodeAttribute(hash_key=True)
    entry_id = UnicodeAttribute(range_key=True)
    at = UTCDateTimeAttribute(attr_name="timestamp")
    invocation_mode = EnumAttribute[InvocationMode](InvocationMode)
    principal_name = UnicodeAttribute()
    principal = ValueAttribute[Any](dict[str, object])
    operation = UnicodeAttribute()
    side = UnicodeAttribute()
    permission = UnicodeAttribute()
    verdict = ValueAttribute[Any](dict[str, object])
    request_id = UnicodeAttribute()
    source_ip = UnicodeAttribute(default="")
    parameters = UnicodeAttribute(default="")
    resource_ids = UnicodeAttribute(default="")
    status_code = IntegerAttribute()
    error_code = UnicodeAttribute(default="")
    duration_ms = IntegerAttribute(default=0)
    request_sha256 = UnicodeAttribute()
    resource_id = UnicodeAttribute(null=True)
    refused = UnicodeAttribute(null=True)
    expires_at = IntegerAttribute()
    by_invocation_mode = AuditByInvocationMode()
    by_principal = AuditByPrincipal()
    by_operation = AuditByOperation()
    by_resource = AuditByResource()
    by_request = AuditByRequest()
    by_refusal = AuditByRefusal()


AUDIT_ENTRIES = Stored(
    AuditEntry,
    AuditEntryItem,
    made={
        "audit_day": lambda entry: entry.at.strftime("%Y-%m-%d"),
        "principal_name": lambda entry: entry.principal.name,
        "resource_ids": lambda entry: ",".join(entry.resource_ids),
        "resource_id": lambda entry: main_resource(entry.resource_ids) or None,
        "refused": lambda entry: None if entry.verdict.allowed else REFUSED,
        "expires_at": lambda entry: int((entry.at + timedelta(days=settings().audit_days)).timestamp()),
    },
)
"""Only for writes; entries are read as lines (``reads.access.audit``)."""
