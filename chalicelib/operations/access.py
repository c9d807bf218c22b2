"""Operations on the service itself: its health, the signed-in user and the audit log."""

from datetime import datetime
from typing import Any

import msgspec

from ..domain.access.permissions import InvocationMode, Permission
from ..domain.limits import Moment, Short, Word
from ..domain.pages import Page
from .declaration import Nothing, Operation, PageRequest, Side


class Health(msgspec.Struct, frozen=True, rename="camel"):
    """``status`` is ``ok``. When a part cannot be reached, the answer is an error instead."""

    status: str
    stage: str
    version: str
    time: datetime


class User(msgspec.Struct, frozen=True, rename="camel"):
    name: str
    email: str
    roles: list[str]
    permissions: list[Permission]


class ListAuditLogs(PageRequest, frozen=True, kw_only=True):
    """Newest first, by at most one of principal, mode and day. Without any, the entries of today (UTC)."""

    principal: Short = ""
    invocation_mode: Word = ""
    day: Word = ""
    started_after: Moment | None = None
    started_before: Moment | None = None


class AuditLine(msgspec.Struct, frozen=True, rename="camel"):
    """One entry of the audit log."""

    entry_id: str
    at: datetime
    invocation_mode: InvocationMode
    principal: dict[str, object]
    operation: str
    side: str
    permission: str
    verdict: dict[str, object]
    request_id: str
    source_ip: str
    parameters: str
    resource_ids: list[str]
    status_code: int
    error_code: str
    duration_ms: int


OPERATIONS = (
    Operation(
        name="health",
        side=Side.QUERY,
        permission=Permission.PUBLIC,
        request=Nothing,
        response=Health,
        summary="Check whether the service is up.",
    ),
    Operation(
        name="openapi",
        side=Side.QUERY,
        permission=Permission.PUBLIC,
        request=Nothing,
        response=dict[str, Any],
        summary="This API as an OpenAPI document.",
    ),
    Operation(
        name="get_user",
        side=Side.QUERY,
        permission=Permission.SIGNED_IN,
        request=Nothing,
        response=User,
        summary="The signed-in user, with roles and permissions.",
    ),
    Operation(
        name="list_audit_logs",
        side=Side.QUERY,
        permission=Permission.VIEW_AUDIT,
        request=ListAuditLogs,
        response=Page[AuditLine],
        summary="The audit log: which principal did what, and when.",
    ),
)
