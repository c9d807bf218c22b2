"""Operations on the service itself: its health, the signed-in user and the audit log."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from ..domain.access.evidence import Break
from ..domain.access.permissions import InvocationMode, Permission
from ..domain.limits import Limit, Moment, OptionalId, Short, Word
from ..domain.pages import DEFAULT_PAGE, Page
from .declaration import Nothing, Operation, PageRequest, Request, Side


class Health(msgspec.Struct, frozen=True, rename="camel"):
    """``status`` is ``ok``. When a part cannot be reached, the answer is an error instead."""

    status: str
    stage: str
    version: str
    commit: str
    time: datetime


class PermissionView(msgspec.Struct, frozen=True, rename="camel"):
    """One permission: whether the user holds it, the roles that do, and why the user does not."""

    permission: Permission
    held: bool
    roles: list[str]
    reason: str


class Features(msgspec.Struct, frozen=True, rename="camel"):
    """What differs between stages. ``rehearsal``: DRS is an emulator that works faster than AWS."""

    inventory_sync: str
    rehearsal: bool


class Retention(msgspec.Struct, frozen=True, rename="camel"):
    """For how many days audit entries are kept, and the records of a RECOVERY at least."""

    audit_days: int
    recovery_days: int


class User(msgspec.Struct, frozen=True, rename="camel"):
    """The signed-in user, and where the user has signed in."""

    name: str
    email: str
    roles: list[str]
    permissions: list[Permission]
    all_permissions: list[PermissionView]
    stage: str
    region: str
    account_id: str
    version: str
    features: Features
    retention: Retention


class AuditVerdict(StrEnum):
    """REFUSED: the caller lacked the permission."""

    ALLOWED = "ALLOWED"
    REFUSED = "REFUSED"


class ListAuditLogs(PageRequest, frozen=True, kw_only=True):
    """Newest first; filters can be combined. With none but times, the entries of ``day``, today (UTC) by default.

    ``resourceId`` is the main id that the call named, of an execution, plan, group, server or account. ``mentions`` is
    any id in the call's parameters, of the entries of one day, one principal or one invocation mode. A page may have
    fewer entries than ``limit``, and even none, and yet a ``nextCursor``.
    """

    principal: Short = ""
    invocation_mode: Word = ""
    day: Word = ""
    operation: Word = ""
    verdict: AuditVerdict | None = None
    resource_id: OptionalId = ""
    mentions: OptionalId = ""
    request_id: OptionalId = ""
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
    request_sha256: str = ""


class VerifyAuditLog(Request, frozen=True, kw_only=True):
    """The chain of a UTC day, today by default, or of an execution's timeline, from the link after ``afterLink``."""

    day: Word = ""
    execution_id: OptionalId = ""
    after_link: Annotated[int, Meta(ge=0, le=99_999_999)] = 0
    limit: Limit = DEFAULT_PAGE


class AuditVerification(msgspec.Struct, frozen=True, rename="camel"):
    """What a part of a chain shows. ``firstBreak`` is null when it is whole and agrees with the table.

    ``lastLink`` and ``lastHash`` name the last link that was verified. ``nextAfterLink`` is null at the end of the
    chain and after a break; entries of the last minutes may not be sealed yet.
    """

    chain: str
    links: int
    changes: int
    last_link: int
    last_hash: str
    first_break: Break | None
    next_after_link: int | None


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
        summary="The signed-in user with roles and permissions, the roles that hold each permission, and this stage.",
    ),
    Operation(
        name="list_audit_logs",
        side=Side.QUERY,
        permission=Permission.VIEW_AUDIT,
        request=ListAuditLogs,
        response=Page[AuditLine],
        summary="The audit log: which principal did what, and when.",
    ),
    Operation(
        name="verify_audit_log",
        side=Side.QUERY,
        permission=Permission.VIEW_AUDIT,
        request=VerifyAuditLog,
        response=AuditVerification,
        summary="Compare the audit log of a day, or the timeline of an execution, with its sealed evidence.",
    ),
)
