"""Reading the audit log, newest first."""

from datetime import datetime, timedelta
from typing import Any

from pynamodb.expressions.condition import Condition

from ....domain.pages import Page
from ....ids import first_entry_id
from ....operations.access import AuditLine, ListAuditLogs
from ...paging import read_page
from ...records import Stored
from ...tables.audit import AuditEntryItem

AUDIT_LINES = Stored(
    AuditLine,
    AuditEntryItem,
    found={"resource_ids": lambda item: [name for name in item.resource_ids.split(",") if name]},
    apart=("audit_day", "principal_name", "expires_at"),
)

_APART = timedelta(minutes=1)
"""An entry's id is made with the entry, and is at most half a minute ahead of its time (``new_entry_id``)."""


def list_audit_lines(request: ListAuditLogs, *, today: str) -> Page[AuditLine]:
    """One page, by the index for a principal, a mode or a UTC day. The day is ``today`` unless given."""
    scope = f"audit:{request.principal}:{request.invocation_mode}:{request.day}"
    within = _within(request.started_after, request.started_before)
    options: dict[str, Any] = {"scope": scope, "scan_index_forward": False}
    if request.principal:
        by_principal = AuditEntryItem.by_principal
        return read_page(by_principal, request.principal, request, AUDIT_LINES.to_record, wanted=within, **options)
    if request.invocation_mode:
        mode = request.invocation_mode
        return read_page(
            AuditEntryItem.by_invocation_mode, mode, request, AUDIT_LINES.to_record, wanted=within, **options
        )
    day = request.day or today
    ids = _ids_made(request.started_after, request.started_before)
    return read_page(
        AuditEntryItem, day, request, AUDIT_LINES.to_record, wanted=ids, filter_condition=within, **options
    )


def _ids_made(after: datetime | None, before: datetime | None) -> Condition | None:
    """The ids that entries of this time can have, so that a page does not read through the rest of the day."""
    entry_id = AuditEntryItem.entry_id
    first = first_entry_id(after - _APART) if after else None
    last = first_entry_id(before + _APART) if before else None
    if first and last:
        return entry_id.between(first, last)
    if first:
        return entry_id >= first
    return entry_id <= last if last else None


def _within(after: datetime | None, before: datetime | None) -> Condition | None:
    at = AuditEntryItem.at
    if after and before:
        return at.between(after, before)
    if after:
        return at >= after
    return at <= before if before else None
