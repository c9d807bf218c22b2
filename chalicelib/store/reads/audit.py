"""Reading the audit log, newest first."""

from datetime import datetime
from typing import Any

import msgspec
from pynamodb.expressions.condition import Condition

from ...domain.access import InvocationMode
from ...domain.pages import Page
from ...domain.requests import ListAuditLogs
from ...domain.views import AuditLine
from ...models.audit import AuditEntryItem
from ..paging import decode_cursor, page_of, require_limit


def list_audit_lines(request: ListAuditLogs, *, today: str) -> Page[AuditLine]:
    """One page through the index that fits: of a principal, of a mode, or of one UTC day (``today`` unless named)."""
    scope = f"audit:{request.principal}:{request.invocation_mode}:{request.day}"
    options: dict[str, Any] = {
        "limit": require_limit(request.limit),
        "scan_index_forward": False,
        "last_evaluated_key": decode_cursor(request.cursor, scope),
    }
    within = _within(request.started_after, request.started_before)
    if request.principal:
        items = AuditEntryItem.by_principal.query(request.principal, within, **options)
    elif request.invocation_mode:
        items = AuditEntryItem.by_invocation_mode.query(request.invocation_mode, within, **options)
    else:
        items = AuditEntryItem.query(request.day or today, filter_condition=within, **options)
    return page_of(items, _line, scope=scope)


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
