"""What reads answer with, where that is more than one value."""

from datetime import datetime

import msgspec

from .access import InvocationMode, Permission
from .executions import Execution, Mode, ServerRun, TimelineEvent, WaveRun
from .groups import Impact, ProtectionGroup
from .pages import Page
from .plans import RecoveryPlan
from .servers import Finding, Readiness, SourceServer
from .subscriptions import EmailSubscription
from .timing import RunTiming


class GroupServer(msgspec.Struct, frozen=True, rename="camel"):
    """A server as a member of a group, with what the inventory knows of it (null where it knows nothing)."""

    source_server_id: str
    impact: Impact
    server: SourceServer | None
    readiness: Readiness
    findings: tuple[Finding, ...]


class GroupDetail(msgspec.Struct, frozen=True, rename="camel"):
    """``inventorySeenAt`` is the oldest sighting among the servers: how fresh this answer is."""

    group: ProtectionGroup
    servers: list[GroupServer]
    inventory_seen_at: datetime | None


class ResolvedSelection(msgspec.Struct, frozen=True, rename="camel"):
    servers: list[GroupServer]
    inventory_seen_at: datetime | None


class PlanSummary(msgspec.Struct, frozen=True, rename="camel"):
    plan: RecoveryPlan
    last_execution: Execution | None


class PlanDetail(RecoveryPlan, frozen=True, rename="camel", kw_only=True):
    """A plan with the state of each of its e-mail subscriptions."""

    notifications: list[EmailSubscription] = []


class ExecutionDetail(msgspec.Struct, frozen=True, rename="camel"):
    execution: Execution
    waves: list[WaveRun]
    timing: RunTiming


class ServerVerdict(msgspec.Struct, frozen=True, rename="camel"):
    """What a start would do with a server. ``pointSkewSeconds``: how much older its point is than the newest chosen."""

    wave_number: int
    source_server_id: str
    hostname: str
    account_id: str
    region: str
    group_id: str
    impact: Impact
    readiness: Readiness
    findings: tuple[Finding, ...]
    recovery_point_id: str = ""
    recovery_point_at: datetime | None = None
    point_skew_seconds: int | None = None


class PlanPreflight(msgspec.Struct, frozen=True, rename="camel"):
    """``findings`` are those of the plan as a whole; ``statement`` says in a sentence what a start would do now.

    ``wouldStart`` is for a start without ``acceptDegraded``.
    """

    plan_id: str
    plan_version: int
    mode: Mode
    point_in_time: datetime | None
    checked_at: datetime
    would_start: bool
    statement: str
    ready_count: int
    degraded_count: int
    blocked_count: int
    point_skew_seconds: int | None
    findings: list[Finding]
    servers: list[ServerVerdict]


class StartedExecution(msgspec.Struct, frozen=True, rename="camel"):
    """``repeated`` is true when the idempotency key had been used: this is the execution it started.

    ``preempted`` are the ids of drills that were cancelled for this recovery.
    """

    execution: Execution
    repeated: bool
    excluded: list[ServerRun]
    preempted: list[str] = []


class Intervention(msgspec.Struct, frozen=True, rename="camel"):
    """What an intervention came to. ``changed`` is false when it had been done before.

    ``statement`` says in a sentence what will still happen, and what will not. ``requestsUnderWay`` counts launch
    requests that DRS had not answered yet when the execution was paused or cancelled; they may still start a job.
    """

    execution: Execution
    changed: bool
    statement: str
    requests_under_way: int = 0


class Deleted(msgspec.Struct, frozen=True, rename="camel"):
    id: str
    name: str


class DeletionResult(msgspec.Struct, frozen=True, rename="camel"):
    """What became of one of several; ``code`` and ``message`` are those of the error, empty without one."""

    execution_id: str
    deleted: bool
    code: str = ""
    message: str = ""


class DeletionResults(msgspec.Struct, frozen=True, rename="camel"):
    items: list[DeletionResult]


class User(msgspec.Struct, frozen=True, rename="camel"):
    name: str
    email: str
    roles: list[str]
    permissions: list[Permission]


class Health(msgspec.Struct, frozen=True, rename="camel"):
    """``status`` is ``ok``; a part that cannot be reached makes the answer an error instead."""

    status: str
    stage: str
    version: str
    time: datetime


class AuditLine(msgspec.Struct, frozen=True, rename="camel"):
    """One audit entry as read back."""

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


def plan_detail(plan: RecoveryPlan, notifications: list[EmailSubscription]) -> PlanDetail:
    """The plan, field by field, and the states beside it."""
    return PlanDetail(**msgspec.structs.asdict(plan), notifications=notifications)


ExecutionPage = Page[Execution]
ServerRunPage = Page[ServerRun]
EventPage = Page[TimelineEvent]
