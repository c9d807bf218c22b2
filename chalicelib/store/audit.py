"""The audit log: append, and close what was begun; the one write that the query side may reach.

A command's entry is written before it acts (``status_code`` 0) and closed once, with the same key, when it has ended:
one operation, one entry, and an end that was never recorded stays visible. A closed entry can never be overwritten.
"""

from datetime import timedelta

import msgspec
from pynamodb.exceptions import PynamoDBException
from pynamodb.expressions.condition import Condition

from ..domain.audit import AuditEntry
from ..domain.errors import Unavailable
from ..models.audit import AuditEntryItem
from ..settings import settings
from .failures import response_code


def append_entry(entry: AuditEntry) -> None:
    """Writes a new entry. Raises Unavailable when the table does not take it."""
    _save(entry, _entry_is_new())


def close_entry(entry: AuditEntry) -> None:
    """Replaces the open entry of the same id by its end. Raises Unavailable when the table does not take it."""
    _save(entry, _entry_is_open(entry))


def _save(entry: AuditEntry, condition: Condition) -> None:
    try:
        _item(entry).save(condition=condition)
    except PynamoDBException as error:
        raise Unavailable("The audit log cannot be written.", awsCode=response_code(error)) from error


def _entry_is_new() -> Condition:
    return AuditEntryItem.entry_id.does_not_exist()


def _entry_is_open(entry: AuditEntry) -> Condition:
    still_open: Condition = (AuditEntryItem.request_id == entry.request_id) & (AuditEntryItem.status_code == 0)
    return still_open


def _item(entry: AuditEntry) -> AuditEntryItem:
    return AuditEntryItem(
        audit_day=entry.at.strftime("%Y-%m-%d"),
        entry_id=entry.entry_id,
        timestamp=entry.at,
        invocation_mode=entry.invocation_mode.value,
        principal_name=entry.principal.name,
        principal=msgspec.json.encode(entry.principal).decode(),
        operation=entry.operation,
        side=entry.side,
        permission=entry.permission,
        verdict=msgspec.json.encode(entry.verdict).decode(),
        request_id=entry.request_id,
        source_ip=entry.source_ip,
        parameters=entry.parameters,
        resource_ids=",".join(entry.resource_ids),
        status_code=entry.status_code,
        error_code=entry.error_code,
        duration_ms=entry.duration_ms,
        expires_at=int((entry.at + timedelta(days=settings().audit_days)).timestamp()),
    )
