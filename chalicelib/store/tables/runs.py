"""Tables of executions. The items of one execution share a partition key."""

from collections.abc import Callable
from datetime import datetime

from pynamodb.attributes import BooleanAttribute, JSONAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex, KeysOnlyProjection

from ...domain.access.two_persons import FirstPerson
from ...domain.estate.groups import Impact
from ...domain.estate.servers import OperatingSystem
from ...domain.notices.notices import Channel, Notice, NoticeFailure
from ...domain.plans.plans import ApprovalPolicy, OnFailure
from ...domain.runs.counts import COUNTED, ServerCounts
from ...domain.runs.history import Pause, WaveAttempt
from ...domain.runs.launches_ahead import LaunchesAhead
from ...domain.runs.leases import Lease
from ...domain.runs.records import (
    CLEANUP_QUEUE,
    Execution,
    ExecutionStatus,
    Mode,
    ServerRun,
    ServerStatus,
    Termination,
    TimelineEvent,
    WaveRun,
    WaveStatus,
    wave_key,
)
from ...domain.text import newest_of_name
from ..records import Stored
from .base import EnumAttribute, FloatAttribute, IntegerAttribute, Table, ValueAttribute, table_name


class ExecutionsByStarted(GlobalSecondaryIndex["ExecutionItem"]):
    class Meta:
        index_name = "by_started"
        projection = AllProjection()

    kind = UnicodeAttribute(hash_key=True)
    started_at = UTCDateTimeAttribute(range_key=True)


class ExecutionsByPlan(GlobalSecondaryIndex["ExecutionItem"]):
    class Meta:
        index_name = "by_plan_started"
        projection = AllProjection()

    plan_id = UnicodeAttribute(hash_key=True)
    started_at = UTCDateTimeAttribute(range_key=True)


class ExecutionsByStatus(GlobalSecondaryIndex["ExecutionItem"]):
    class Meta:
        index_name = "by_status_started"
        projection = AllProjection()

    status = UnicodeAttribute(hash_key=True)
    started_at = UTCDateTimeAttribute(range_key=True)


class ExecutionsByInitiator(GlobalSecondaryIndex["ExecutionItem"]):
    class Meta:
        index_name = "by_initiator_started"
        projection = AllProjection()

    initiated_by = UnicodeAttribute(hash_key=True)
    started_at = UTCDateTimeAttribute(range_key=True)


class ExecutionsByPlanName(GlobalSecondaryIndex["ExecutionItem"]):
    """The ids of executions by the names of their plans, the newest of each name first."""

    class Meta:
        index_name = "by_plan_name"
        projection = KeysOnlyProjection()

    kind = UnicodeAttribute(hash_key=True)
    plan_name_key = UnicodeAttribute(range_key=True)


class ExecutionsByTermination(GlobalSecondaryIndex["ExecutionItem"]):
    """A sparse index of executions with a termination or deletion that is due."""

    class Meta:
        index_name = "by_termination_due"
        projection = AllProjection()

    termination_queue = UnicodeAttribute(hash_key=True)
    termination_due_at = UTCDateTimeAttribute(range_key=True)


class ExecutionItem(Table):
    """The header of an execution. Its size does not depend on the number of servers."""

    class Meta:
        table_name = table_name("executions")

    execution_id = UnicodeAttribute(hash_key=True)
    kind = UnicodeAttribute(default="EXECUTION")
    plan_id = UnicodeAttribute()
    plan_version = IntegerAttribute()
    plan_name = UnicodeAttribute()
    plan_name_key = UnicodeAttribute(null=True)
    mode = EnumAttribute[Mode](Mode)
    status = EnumAttribute[ExecutionStatus](ExecutionStatus)
    started_at = UTCDateTimeAttribute()
    ended_at = UTCDateTimeAttribute(null=True)
    paused_at = UTCDateTimeAttribute(null=True)
    initiated_by = UnicodeAttribute()
    initiated_by_subject = UnicodeAttribute(null=True)
    first_person = ValueAttribute[FirstPerson](FirstPerson, null=True)
    reason = UnicodeAttribute()
    stop_reason = UnicodeAttribute()
    outcome_reason = UnicodeAttribute()
    wave_count = IntegerAttribute()
    server_count = IntegerAttribute()
    point_in_time = UTCDateTimeAttribute(null=True)
    point_skew_seconds = IntegerAttribute(null=True)
    running_since = UTCDateTimeAttribute(null=True)
    deadline_at = UTCDateTimeAttribute(null=True)
    timed_out_at = UTCDateTimeAttribute(null=True)
    workflow_run = IntegerAttribute()
    revision = IntegerAttribute(null=True)
    approval = ValueAttribute[ApprovalPolicy](ApprovalPolicy, null=True)
    rto_minutes = IntegerAttribute(null=True)
    priority = IntegerAttribute(null=True)
    pause_reason = UnicodeAttribute(null=True)
    pauses = ValueAttribute[tuple[Pause, ...]](tuple[Pause, ...], null=True)
    servers_not_started = IntegerAttribute(null=True)
    servers_launching = IntegerAttribute(null=True)
    servers_launched = IntegerAttribute(null=True)
    servers_validated = IntegerAttribute(null=True)
    servers_failed = IntegerAttribute(null=True)
    servers_excluded = IntegerAttribute(null=True)
    servers_skipped = IntegerAttribute(null=True)
    servers_terminated = IntegerAttribute(null=True)
    abandoned = BooleanAttribute(null=True)
    termination_queue = UnicodeAttribute(null=True)
    termination_due_at = UTCDateTimeAttribute(null=True)
    termination_round = IntegerAttribute(default=0)
    termination_asked_at = UTCDateTimeAttribute(null=True)
    termination_asked_by = UnicodeAttribute(default="")
    termination_asked_by_subject = UnicodeAttribute(default="")
    termination_ended_at = UTCDateTimeAttribute(null=True)
    by_started = ExecutionsByStarted()
    by_plan_started = ExecutionsByPlan()
    by_initiator_started = ExecutionsByInitiator()
    by_status_started = ExecutionsByStatus()
    by_plan_name = ExecutionsByPlanName()
    by_termination_due = ExecutionsByTermination()


def _cleanup_at(item: ExecutionItem) -> datetime | None:
    return item.termination_due_at if item.termination_queue == CLEANUP_QUEUE else None


def _termination_of(item: ExecutionItem) -> Termination | None:
    if not item.termination_round:
        return None
    return Termination(
        round=item.termination_round,
        asked_at=item.termination_asked_at,
        asked_by=item.termination_asked_by,
        asked_by_subject=item.termination_asked_by_subject,
        ended_at=item.termination_ended_at,
    )


def count_attribute(name: str) -> str:
    """The attribute of the header that holds one of the counts of ``ServerCounts``."""
    return f"servers_{name}"


def _counts_of(item: ExecutionItem) -> ServerCounts | None:
    """The counts; None while waves of an execution that started without counts have not been counted."""
    stored = {name: item.attribute_values.get(count_attribute(name)) for name in COUNTED}
    counts = ServerCounts(**{name: count or 0 for name, count in stored.items()})
    counted = any(count is not None for count in stored.values())
    return counts if counted and counts.total == item.server_count else None


def _count(name: str) -> Callable[[Execution], int | None]:
    return lambda execution: getattr(execution.counts, name, None)


def _plan_name_key(execution: Execution) -> str:
    return newest_of_name(execution.plan_name, execution.started_at)


EXECUTIONS = Stored(
    Execution,
    ExecutionItem,
    made={**{count_attribute(name): _count(name) for name in COUNTED}, "plan_name_key": _plan_name_key},
    found={"cleanup_at": _cleanup_at, "termination": _termination_of, "counts": _counts_of},
    apart=(
        "kind",
        "abandoned",
        "termination_queue",
        "termination_due_at",
        "termination_round",
        "termination_asked_at",
        "termination_asked_by",
        "termination_asked_by_subject",
        "termination_ended_at",
    ),
)


class WavesByDecision(GlobalSecondaryIndex["WaveRunItem"]):
    """A sparse index of the waves on which a person has to decide."""

    class Meta:
        index_name = "by_decision"
        projection = AllProjection()

    decision_queue = UnicodeAttribute(hash_key=True)
    decision_since = UTCDateTimeAttribute(range_key=True)


class WaveRunItem(Table):
    class Meta:
        table_name = table_name("wave-runs")

    execution_id = UnicodeAttribute(hash_key=True)
    wave_number = IntegerAttribute(range_key=True)
    name = UnicodeAttribute()
    status = EnumAttribute[WaveStatus](WaveStatus)
    depends_on = ValueAttribute[tuple[int, ...]](tuple[int, ...])
    on_failure = EnumAttribute[OnFailure](OnFailure)
    min_success_percent = IntegerAttribute(null=True)
    timeout_minutes = IntegerAttribute()
    delay_seconds = IntegerAttribute()
    approval_required = BooleanAttribute()
    approval_asked_at = UTCDateTimeAttribute(null=True)
    approved_at = UTCDateTimeAttribute(null=True)
    approved_by = UnicodeAttribute()
    approved_by_subject = UnicodeAttribute(null=True)
    first_person = ValueAttribute[FirstPerson](FirstPerson, null=True)
    comment = UnicodeAttribute()
    attempt = IntegerAttribute()
    expected_seconds = FloatAttribute()
    task_token = UnicodeAttribute(null=True)
    token_asked = UnicodeAttribute(null=True)
    token_timed = BooleanAttribute(null=True)
    progress_token = UnicodeAttribute(null=True)
    wakes = IntegerAttribute(null=True)
    ready_at = UTCDateTimeAttribute(null=True)
    started_at = UTCDateTimeAttribute(null=True)
    deadline_at = UTCDateTimeAttribute(null=True)
    ended_at = UTCDateTimeAttribute(null=True)
    outcome_reason = UnicodeAttribute()
    step_count = IntegerAttribute()
    server_count = IntegerAttribute()
    launched_count = IntegerAttribute()
    failed_count = IntegerAttribute()
    waiting = ValueAttribute[dict[str, str]](dict[str, str], null=True)
    counts = ValueAttribute[ServerCounts](ServerCounts, null=True)
    counted = IntegerAttribute(null=True)
    decision_queue = UnicodeAttribute(null=True)
    decision_since = UTCDateTimeAttribute(null=True)
    attempts = ValueAttribute[tuple[WaveAttempt, ...]](tuple[WaveAttempt, ...], null=True)
    launches = ValueAttribute[tuple[LaunchesAhead, ...]](tuple[LaunchesAhead, ...], null=True)
    by_decision = WavesByDecision()


WAVE_RUNS = Stored(
    WaveRun,
    WaveRunItem,
    apart=("task_token", "token_asked", "token_timed", "progress_token", "wakes", "decision_queue"),
)


class ServerRunsByServer(GlobalSecondaryIndex["ServerRunItem"]):
    class Meta:
        index_name = "by_server_started"
        projection = AllProjection()

    source_server_id = UnicodeAttribute(hash_key=True)
    started_at = UTCDateTimeAttribute(range_key=True)


class ServerRunsByChange(GlobalSecondaryIndex["ServerRunItem"]):
    class Meta:
        index_name = "by_changed"
        projection = AllProjection()

    execution_id = UnicodeAttribute(hash_key=True)
    changed_at = UTCDateTimeAttribute(range_key=True)


class ServerRunItem(Table):
    """``wave_server`` is ``wave#server``."""

    class Meta:
        table_name = table_name("server-runs")

    execution_id = UnicodeAttribute(hash_key=True)
    wave_server = UnicodeAttribute(range_key=True)
    wave_number = IntegerAttribute()
    source_server_id = UnicodeAttribute()
    hostname = UnicodeAttribute()
    account_id = UnicodeAttribute()
    region = UnicodeAttribute()
    group_id = UnicodeAttribute()
    os = EnumAttribute[OperatingSystem](OperatingSystem)
    impact = EnumAttribute[Impact](Impact)
    status = EnumAttribute[ServerStatus](ServerStatus)
    recovery_instance_id = UnicodeAttribute()
    job_id = UnicodeAttribute()
    error = UnicodeAttribute()
    started_at = UTCDateTimeAttribute(null=True)
    ended_at = UTCDateTimeAttribute(null=True)
    recovery_point_id = UnicodeAttribute()
    recovery_point_at = UTCDateTimeAttribute(null=True)
    terminated_at = UTCDateTimeAttribute(null=True)
    termination_error = UnicodeAttribute()
    replaces = ValueAttribute[tuple[str, ...]](tuple[str, ...], null=True)
    changed_at = UTCDateTimeAttribute(null=True)
    expected_seconds = FloatAttribute(null=True)
    expected_p90_seconds = FloatAttribute(null=True)
    by_server_started = ServerRunsByServer()
    by_changed = ServerRunsByChange()


def wave_server_key(wave_number: int, server_id: str) -> str:
    """The sort key of a server run."""
    return f"{wave_key(wave_number)}#{server_id}"


def wave_of(wave_server: str) -> int:
    """The wave number in the sort key of a server run."""
    return int(wave_server.partition("#")[0])


SERVER_RUNS = Stored(
    ServerRun,
    ServerRunItem,
    made={"wave_server": lambda run: wave_server_key(run.wave_number, run.source_server_id)},
)


DECISION_OPEN = "OPEN"
NOTICE_DUE = "DUE"
NOTICE_GIVEN_UP = "GIVEN_UP"


class EventsByNoticeDue(GlobalSecondaryIndex["ExecutionEventItem"]):
    """The outbox: a sparse index of the events whose notice is still to be sent, and of those that were given up."""

    class Meta:
        index_name = "by_notice_due"
        projection = AllProjection()

    notice_due = UnicodeAttribute(hash_key=True)
    execution_id = UnicodeAttribute(range_key=True)


class ExecutionEventItem(Table):
    """The timeline, append only except for the notice attributes. ``event_id`` is a ULID, so it sorts by time.

    Notices without an execution that could not be sent are here too, in partitions of their own (``writes/notices``).
    """

    class Meta:
        table_name = table_name("execution-events")

    execution_id = UnicodeAttribute(hash_key=True)
    event_id = UnicodeAttribute(range_key=True)
    at = UTCDateTimeAttribute()
    kind = UnicodeAttribute(attr_name="event_kind")
    message = UnicodeAttribute()
    wave_number = IntegerAttribute(null=True)
    details = JSONAttribute()
    notice = UnicodeAttribute(null=True)
    notice_due = UnicodeAttribute(null=True)
    notice_left = ValueAttribute[tuple[Channel, ...]](tuple[Channel, ...], null=True)
    notice_tries = IntegerAttribute(null=True)
    notice_failure = ValueAttribute[NoticeFailure](NoticeFailure, null=True)
    notice_content = ValueAttribute[Notice](Notice, null=True)
    by_notice_due = EventsByNoticeDue()


_OUTBOX = ("notice_due", "notice_left", "notice_tries", "notice_failure", "notice_content")
TIMELINE = Stored(TimelineEvent, ExecutionEventItem, apart=_OUTBOX)


class ServerLeaseItem(Table):
    """What an execution holds exclusively. ``key`` is ``account#region#server``, ``plan#id`` or ``group#id``."""

    class Meta:
        table_name = table_name("server-leases")

    key = UnicodeAttribute(hash_key=True, attr_name="lease")
    execution_id = UnicodeAttribute()
    taken_at = UTCDateTimeAttribute()


LEASES = Stored(Lease, ServerLeaseItem)
