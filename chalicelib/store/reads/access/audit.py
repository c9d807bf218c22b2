"""Reading the audit log, newest first."""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time, timedelta
from functools import reduce
from operator import and_
from typing import Any

import msgspec
from pynamodb.expressions.condition import Condition

from ....domain.pages import Page
from ....ids import first_entry_id
from ....operations.access import AuditLine, AuditVerdict, ListAuditLogs
from ....operations.table import OPERATIONS
from ...paging import read_page
from ...records import Stored
from ...tables.audit import REFUSED, AuditEntryItem

AUDIT_LINES = Stored(
    AuditLine,
    AuditEntryItem,
    found={"resource_ids": lambda item: [name for name in item.resource_ids.split(",") if name]},
    apart=("audit_day", "principal_name", "resource_id", "refused", "expires_at"),
)

_APART = timedelta(minutes=1)
"""An entry's id is made with the entry, and is at most half a minute ahead of its time (``new_entry_id``)."""

_BY_ID = {
    "request_id": AuditEntryItem.by_request,
    "resource_id": AuditEntryItem.by_resource,
    "verdict": AuditEntryItem.by_refusal,
    "operation": AuditEntryItem.by_operation,
}
"""Indexes in the order of ids, which have only what filters compare. The entries are read with one more request."""

_BY_TIME = {"principal": AuditEntryItem.by_principal, "invocation_mode": AuditEntryItem.by_invocation_mode}
"""Indexes in the order of times, which have the entries themselves."""


class _Found(msgspec.Struct, frozen=True):
    """An entry as an index shows it that has only what filters compare."""

    audit_day: str
    entry_id: str
    verdict: dict[str, object]


def list_audit_lines(request: ListAuditLogs, *, today: str) -> Page[AuditLine]:
    """One page, with at most two calls: by the index of the filter that leaves the fewest entries, then the entries.

    The other filters leave out entries of each page, which looks at a bounded number of them. Without filters, the
    entries of the day are read, which is ``today`` unless given.
    """
    leading = _leading(request)
    key, filters = _filters(request, leading)
    after, before = _window(request, leading)
    within, made = _within(after, before), _ids_made(after, before)
    allowed = None if leading == "verdict" or request.verdict is None else request.verdict is AuditVerdict.ALLOWED
    options: dict[str, Any] = {"scan_index_forward": False}
    if leading in _BY_TIME:
        options |= {"wanted": within, "filter_condition": _all(filters), "matches": _matcher(allowed)}
        return read_page(_BY_TIME[leading], key, request, AUDIT_LINES.to_record, **options)
    options |= {"wanted": made, "filter_condition": _all([*filters, within]), "matches": _matcher(allowed)}
    if leading in _BY_ID:
        page = read_page(_BY_ID[leading], key, request, _found, **options)
        return Page(_lines(page.items), page.next_cursor)
    return read_page(AuditEntryItem, request.day or today, request, AUDIT_LINES.to_record, **options)


def _leading(request: ListAuditLogs) -> str:
    """The filter whose index is read: the first that is given, those first that leave few entries."""
    operation = OPERATIONS.get(request.operation)
    is_command = operation is not None and operation.is_command
    if request.mentions:
        # The other indexes do not have the parameters of the calls.
        return "principal" if request.principal else "invocation_mode" if request.invocation_mode else "day"
    order = (
        ("request_id", request.request_id),
        ("resource_id", request.resource_id),
        ("verdict", request.verdict is AuditVerdict.REFUSED),
        ("operation", is_command),
        ("principal", request.principal),
        ("operation", request.operation),
        ("invocation_mode", request.invocation_mode),
    )
    return next((name for name, given in order if given), "day")


def _filters(request: ListAuditLogs, leading: str) -> tuple[str, list[Condition]]:
    """The key that the leading filter selects, and the conditions of the others; the verdict is ``_matcher``'s."""
    attributes: dict[str, tuple[str, Any]] = {
        "request_id": (request.request_id, AuditEntryItem.request_id),
        "resource_id": (request.resource_id, AuditEntryItem.resource_id),
        "operation": (request.operation, AuditEntryItem.operation),
        "principal": (request.principal, AuditEntryItem.principal_name),
        "invocation_mode": (request.invocation_mode, AuditEntryItem.invocation_mode),
    }
    key = attributes[leading][0] if leading in attributes else REFUSED
    others = [attribute == value for name, (value, attribute) in attributes.items() if value and name != leading]
    return key, [*others, _mentions(request.mentions)] if request.mentions else others


def _mentions(wanted: str) -> Condition:
    """The entries of calls that named this id, as far as their parameters were recorded, but for this operation's."""
    named: Condition = AuditEntryItem.parameters.contains(f'"{wanted}"') & (
        AuditEntryItem.operation != "list_audit_logs"
    )
    return named


def _matcher(allowed: bool | None) -> Callable[[AuditLine | _Found], bool] | None:
    """Leaves the entries with this verdict, which DynamoDB cannot compare; None for a filter that is not given."""
    return None if allowed is None else lambda entry: entry.verdict.get("allowed") is allowed


def _found(item: AuditEntryItem) -> _Found:
    return _Found(item.audit_day, item.entry_id, item.verdict)


def _lines(found: Iterable[_Found]) -> list[AuditLine]:
    """The entries, in this order, with one request. One that has just expired is left out."""
    keys = [(entry.audit_day, entry.entry_id) for entry in found]
    lines = {item.entry_id: AUDIT_LINES.to_record(item) for item in AuditEntryItem.batch_get(keys)}
    return [lines[entry_id] for _, entry_id in keys if entry_id in lines]


def _window(request: ListAuditLogs, leading: str) -> tuple[datetime | None, datetime | None]:
    """The times that are asked for, within the day that is asked for; a leading day is a key and needs no time."""
    after, before = request.started_after, request.started_before
    if leading == "day" or not request.day:
        return after, before
    first = datetime.combine(date.fromisoformat(request.day), time.min, UTC)
    last = first + timedelta(days=1) - timedelta(microseconds=1)
    return max(first, after or first), min(last, before or last)


def _ids_made(after: datetime | None, before: datetime | None) -> Condition | None:
    """The ids that entries of this time can have, so that a page does not read through the rest of the day."""
    entry_id = AuditEntryItem.entry_id
    first = first_entry_id(after - _APART) if after else None
    last = first_entry_id(before + _APART) if before else None
    if first and last:
        return entry_id.between(first, max(first, last))
    if first:
        return entry_id >= first
    return entry_id <= last if last else None


def _within(after: datetime | None, before: datetime | None) -> Condition | None:
    at = AuditEntryItem.at
    if after and before:
        return at.between(after, max(after, before))
    if after:
        return at >= after
    return at <= before if before else None


def _all(conditions: Iterable[Condition | None]) -> Condition | None:
    given = [condition for condition in conditions if condition is not None]
    return reduce(and_, given) if given else None
