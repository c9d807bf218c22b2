"""Reading the audit log, newest first."""

from datetime import datetime
from typing import Any

import msgspec
from pynamodb.expressions.condition import Condition

from ...domain.access import InvocationMode
from ...domain.pages import Page
from ...operations.access import AuditLine, ListAuditLogs
from ..paging import read_page
from ..tables.audit import AuditEntryItem


def list_audit_lines(request: ListAuditLogs, *, today: str) -> Page[AuditLine]:
    """One page through the index that fits: of a principal, of a mode, or of one UTC day (``today`` unless named)."""
    scope = f"audit:{request.principal}:{request.invocation_mode}:{request.day}"
    within = _within(request.started_after, request.started_before)
    options: dict[str, Any] = {"scope": scope, "scan_index_forward": False}
    if request.principal:
        return read_page(AuditEntryItem.by_principal, request.principal, request, _line, wanted=within, **options)
    if request.invocation_mode:
        mode = request.invocation_mode
        return read_page(AuditEntryItem.by_invocation_mode, mode, request, _line, wanted=within, **options)
    day = request.day or today
    return read_page(AuditEntryItem, day, request, _line, filter_condition=within, **options)


def _within(after: datetime | None, before: datetime | None) -> Condition | None:
    at = AuditEntryItem.timestamp
    if after and before:
        return at.between(after, before)
    if after:
        return at >= after
    return at <= before if before else None


def _line(item: AuditEntryItem) -> AuditLine:
    return AuditLine(
        entry_id=item.entry_id,
        at=item.timestamp,
        invocation_mode=InvocationMode(item.invocation_mode),
        principal=msgspec.json.decode(item.principal, type=dict[str, object]),
        operation=item.operation,
        side=item.side,
        permission=item.permission,
        verdict=msgspec.json.decode(item.verdict, type=dict[str, object]),
        request_id=item.request_id,
        source_ip=item.source_ip,
        parameters=item.parameters,
        resource_ids=[name for name in item.resource_ids.split(",") if name],
        status_code=int(item.status_code),
        error_code=item.error_code,
        duration_ms=int(item.duration_ms),
    )
