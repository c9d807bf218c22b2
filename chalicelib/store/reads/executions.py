"""Reading executions and all that belongs to them, as domain values."""

from typing import Any

import msgspec
from pynamodb.expressions.condition import Condition

from ...domain.errors import FieldProblem, InvalidRequest, RecordNotFound
from ...domain.executions import (
    Execution,
    ExecutionStatus,
    JobRun,
    JobStatus,
    Mode,
    ServerRun,
    ServerStatus,
    Termination,
    TimelineEvent,
    WaveRun,
    WaveStatus,
    wave_key,
)
from ...domain.groups import Impact
from ...domain.pages import Page
from ...domain.plans import OnFailure
from ...domain.queues import CLEANUP_QUEUE
from ...domain.servers import OperatingSystem
from ...operations.runs import ListExecutionEvents, ListExecutions, ListExecutionServers
from ..paging import read_page
from ..tables.base import shared_connection
from ..tables.runs import ExecutionEventItem, ExecutionItem, JobRunItem, ServerRunItem, WaveRunItem


def check_reachable() -> None:
    """Raises PynamoDB's error when the tables do not answer; costs one read."""
    shared_connection()
    ExecutionItem.count("health", limit=1)


def find_execution(execution_id: str) -> Execution | None:
    """The header, read consistently; None when there is none."""
    try:
        item = ExecutionItem.get(execution_id, consistent_read=True)
    except ExecutionItem.DoesNotExist:
        return None
    # One that is being deleted has lost its status and is gone for everybody.
    return execution_value(item) if item.status else None


def get_execution(execution_id: str) -> Execution:
    """The header, read consistently. Raises RecordNotFound."""
    found = find_execution(execution_id)
    if found is None:
        raise RecordNotFound(
            f"There is no execution '{execution_id}'. List executions to see those that exist.",
            executionId=execution_id,
        )
    return found


def list_executions(request: ListExecutions) -> Page[Execution]:
    """One page, newest first, through the index that fits the filters."""
    if request.plan_id and request.status:
        raise InvalidRequest([FieldProblem("status", "cannot be combined with planId; give one of them")])
    scope = f"executions:{request.plan_id}:{request.status or ''}"
    options: dict[str, Any] = {
        "scope": scope,
        "wanted": _started_within(request),
        "filter_condition": _mode_is(request.mode),
        "scan_index_forward": False,
    }
    if request.plan_id:
        return read_page(ExecutionItem.by_plan_started, request.plan_id, request, execution_value, **options)
    if request.status:
        return read_page(ExecutionItem.by_status_started, request.status.value, request, execution_value, **options)
    return read_page(ExecutionItem.by_started, "EXECUTION", request, execution_value, **options)


def latest_execution_of(plan_id: str) -> Execution | None:
    """The newest execution of a plan, if it ever ran; eventually consistent."""
    newest = ExecutionItem.by_plan_started.query(plan_id, scan_index_forward=False, limit=1)
    return next((execution_value(item) for item in newest), None)


def get_waves(execution_id: str) -> list[WaveRun]:
    """All wave runs of an execution by number, read consistently."""
    return [wave_value(item) for item in WaveRunItem.query(execution_id, consistent_read=True)]


def get_wave(execution_id: str, wave_number: int) -> WaveRun:
    """One wave run, read consistently. Raises RecordNotFound."""
    try:
        return wave_value(WaveRunItem.get(execution_id, wave_number, consistent_read=True))
    except WaveRunItem.DoesNotExist:
        message = f"Execution '{execution_id}' has no wave {wave_number}."
        raise RecordNotFound(message, executionId=execution_id, waveNumber=wave_number) from None


class TaskToken(msgspec.Struct, frozen=True):
    """The Step Functions token of a wave that waits: a secret. ``timed``: the wait ends with the wave's delay."""

    text: str
    timed: bool


def get_task_tokens(execution_id: str) -> dict[int, TaskToken]:
    """The tokens of the waves that wait, by wave number."""
    waiting = WaveRunItem.query(execution_id, filter_condition=WaveRunItem.task_token.exists(), consistent_read=True)
    return {int(item.wave_number): TaskToken(str(item.task_token), bool(item.token_timed)) for item in waiting}


def get_wave_jobs(execution_id: str, wave_number: int) -> list[JobRun]:
    """All launch requests of a wave in the order they were made, read consistently."""
    wanted = JobRunItem.job_run.startswith(f"{wave_key(wave_number)}#")
    return [job_value(item) for item in JobRunItem.query(execution_id, wanted, consistent_read=True)]


def get_launch_jobs(execution_id: str) -> list[JobRun]:
    """All launch requests of an execution, read consistently."""
    wanted = JobRunItem.job_run >= f"{wave_key(1)}#"
    return [job_value(item) for item in JobRunItem.query(execution_id, wanted, consistent_read=True)]


def get_wave_servers(execution_id: str, wave_number: int) -> list[ServerRun]:
    """All servers of a wave, read consistently; a page of DynamoDB holds about 2,500."""
    wanted = ServerRunItem.wave_server.startswith(f"{wave_key(wave_number)}#")
    return [server_value(item) for item in ServerRunItem.query(execution_id, wanted, consistent_read=True)]


def get_servers(execution_id: str) -> list[ServerRun]:
    """All servers of an execution, read consistently."""
    return [server_value(item) for item in ServerRunItem.query(execution_id, consistent_read=True)]


def list_execution_servers(request: ListExecutionServers) -> Page[ServerRun]:
    """One page of servers by wave and id."""
    scope = f"servers:{request.execution_id}:{request.wave_number or ''}"
    wanted = (
        None
        if request.wave_number is None
        else ServerRunItem.wave_server.startswith(f"{wave_key(request.wave_number)}#")
    )
    return read_page(ServerRunItem, request.execution_id, request, server_value, scope=scope, wanted=wanted)


def list_execution_events(request: ListExecutionEvents) -> Page[TimelineEvent]:
    """One page of the timeline."""
    scope = f"events:{request.execution_id}:{request.newest_first}"
    forward = not request.newest_first
    return read_page(
        ExecutionEventItem, request.execution_id, request, event_value, scope=scope, scan_index_forward=forward
    )


def execution_value(item: ExecutionItem) -> Execution:
    return Execution(
        execution_id=item.execution_id,
        plan_id=item.plan_id,
        plan_version=int(item.plan_version),
        plan_name=item.plan_name,
        mode=Mode(item.mode),
        status=ExecutionStatus(item.status),
        started_at=item.started_at,
        ended_at=item.ended_at,
        paused_at=item.paused_at,
        initiated_by=item.initiated_by,
        reason=item.reason,
        stop_reason=item.stop_reason,
        outcome_reason=item.outcome_reason,
        wave_count=int(item.wave_count),
        server_count=int(item.server_count),
        point_in_time=item.point_in_time,
        point_skew_seconds=_whole(item.point_skew_seconds),
        running_since=item.running_since,
        deadline_at=item.deadline_at,
        timed_out_at=item.timed_out_at,
        workflow_run=int(item.workflow_run or 1),
        cleanup_at=item.termination_due_at if item.termination_queue == CLEANUP_QUEUE else None,
        termination=_termination_of(item),
    )


def wave_value(item: WaveRunItem) -> WaveRun:
    return WaveRun(
        execution_id=item.execution_id,
        wave_number=int(item.wave_number),
        name=item.name,
        status=WaveStatus(item.status),
        depends_on=item.depends_on,
        on_failure=OnFailure(item.on_failure),
        min_success_percent=_whole(item.min_success_percent),
        timeout_minutes=int(item.timeout_minutes),
        delay_seconds=int(item.delay_seconds),
        approval_required=item.approval_required,
        approval_asked_at=item.approval_asked_at,
        approved_at=item.approved_at,
        approved_by=item.approved_by,
        comment=item.comment,
        attempt=int(item.attempt),
        expected_seconds=float(item.expected_seconds),
        ready_at=item.ready_at,
        started_at=item.started_at,
        deadline_at=item.deadline_at,
        ended_at=item.ended_at,
        outcome_reason=item.outcome_reason,
        step_count=int(item.step_count),
        server_count=int(item.server_count),
        launched_count=int(item.launched_count),
        failed_count=int(item.failed_count),
    )


def job_value(item: JobRunItem) -> JobRun:
    return JobRun(
        execution_id=item.execution_id,
        wave_number=int(item.wave_number),
        chunk=int(item.chunk),
        attempt=int(item.attempt),
        account_id=item.account_id,
        region=item.region,
        status=JobStatus(item.status),
        server_ids=item.server_ids,
        claimed_at=item.claimed_at,
        claim_expires_at=item.claim_expires_at,
        job_id=item.job_id,
        job_started_at=item.job_started_at,
        job_ended_at=item.job_ended_at,
        refusal_kind=item.refusal_kind,
        refusal=item.refusal,
        uncertain=bool(item.uncertain),
    )


def server_value(item: ServerRunItem) -> ServerRun:
    return ServerRun(
        execution_id=item.execution_id,
        wave_number=int(item.wave_number),
        source_server_id=item.source_server_id,
        hostname=item.hostname,
        account_id=item.account_id,
        region=item.region,
        group_id=item.group_id,
        os=OperatingSystem(item.os),
        impact=Impact(item.impact),
        status=ServerStatus(item.status),
        recovery_instance_id=item.recovery_instance_id,
        job_id=item.job_id,
        error=item.error,
        started_at=item.started_at,
        ended_at=item.ended_at,
        recovery_point_id=item.recovery_point_id,
        recovery_point_at=item.recovery_point_at,
        terminated_at=item.terminated_at,
        termination_error=item.termination_error or "",
    )


def event_value(item: ExecutionEventItem) -> TimelineEvent:
    return TimelineEvent(
        event_id=item.event_id,
        execution_id=item.execution_id,
        at=item.at,
        kind=item.event_kind,
        message=item.message,
        wave_number=_whole(item.wave_number),
        details=dict(item.details),
        notice=item.notice or "",
    )


def _termination_of(item: ExecutionItem) -> Termination | None:
    if not item.termination_round:
        return None
    return Termination(
        round=int(item.termination_round),
        asked_at=item.termination_asked_at,
        asked_by=item.termination_asked_by,
        ended_at=item.termination_ended_at,
    )


def _whole(number: float | None) -> int | None:
    return None if number is None else int(number)


def _mode_is(mode: Mode | None) -> Condition | None:
    return None if mode is None else ExecutionItem.mode == mode.value


def _started_within(request: ListExecutions) -> Condition | None:
    started = ExecutionItem.started_at
    if request.started_after and request.started_before:
        return started.between(request.started_after, request.started_before)
    if request.started_after:
        return started >= request.started_after
    return started <= request.started_before if request.started_before else None
