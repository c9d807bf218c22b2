"""Starting an execution: resolve, preflight, leases, records, state machine; on any failure nothing is left behind."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from ..aws.actions.drs import check_launch_access
from ..aws.actions.workflow import start_workflow
from ..domain.access import InvocationMode
from ..domain.context import CallContext
from ..domain.errors import (
    AlreadyRunning,
    DomainError,
    FieldProblem,
    InvalidRequest,
    PreflightBlocked,
    StateConflict,
    Unavailable,
)
from ..domain.executions import Execution, ExecutionStatus, Mode, ServerRun, ServerStatus, WaveRun, WaveStatus
from ..domain.leases import ABANDONED_AFTER, lease_keys
from ..domain.pace import expected_seconds
from ..domain.planned_servers import PlannedServer
from ..domain.plans import RecoveryPlan
from ..domain.preflight import refuses_start
from ..domain.recovery_points import PointWish, read_wish, skew_of, told
from ..domain.requests import StartExecution
from ..domain.servers import Readiness
from ..domain.views import StartedExecution
from ..ids import made_at, new_id
from ..preflight.points import choose_points
from ..preflight.resolution import Resolution, resolve_plan
from ..settings import settings
from ..store.reads.executions import find_execution
from ..store.reads.plans import get_plan
from ..store.writes.executions import move_execution
from ..store.writes.leases import release_leases
from ..store.writes.new_executions import announce_execution, create_execution, write_runs
from ..store.writes.start_keys import claim_start_key, release_start_key, replace_start_key
from ..store.writes.timeline import append_events
from .events import EventKind, tell
from .takeover import take_all_leases

RESERVE = timedelta(seconds=20)
"""What a start needs after its servers are known: leases, records, state machine."""

RECORDS_ABANDONED_AFTER = ABANDONED_AFTER
"""After so long the records of a start that has not come to its end are nobody's, and are removed."""

REST_PATIENCE = timedelta(seconds=15)
"""How long a start by REST may look for recovery points: API Gateway answers after 29 s, with or without us."""


def start_execution(request: StartExecution, call: CallContext) -> StartedExecution:
    """Starts a drill or a recovery, and answers as soon as its state machine runs.

    The same idempotency key answers with the execution that it started first. Raises RecordNotFound (the plan),
    PreflightBlocked (servers that cannot launch, unless accepted), AlreadyRunning, ServersBusy (both name the holder).
    """
    if request.mode is Mode.RECOVERY and not request.reason.strip():
        raise InvalidRequest([FieldProblem("reason", "is required for a RECOVERY; say why it is started")])
    asked_at = call.now
    plan = get_plan(request.plan_id)
    execution_id = new_id("exec")
    earlier = _claim_key(request.idempotency_key, execution_id, asked_at)
    if earlier is not None:
        if earlier.status is ExecutionStatus.CREATED:
            # Whoever wrote it may have died before this; a machine that runs already is left alone.
            start_workflow(call.hub, earlier.execution_id, earlier.plan_id)
        return StartedExecution(earlier, repeated=True, excluded=[])
    try:
        return _start(request, plan, execution_id, asked_at, call)
    except Exception:
        if request.idempotency_key:
            release_start_key(request.idempotency_key, execution_id)
        raise


def _start(
    request: StartExecution, plan: RecoveryPlan, execution_id: str, asked_at: datetime, call: CallContext
) -> StartedExecution:
    wish = read_wish(request.point_in_time, request.recovery_points, asked_at)
    resolution = resolve_plan(plan, asked_at, check_launch_access)
    resolved = _with_points(resolution, wish, call)
    servers = _admit(resolved, execution_id, accept_degraded=request.accept_degraded)
    keys = lease_keys(plan, servers)
    preempted = take_all_leases(keys, execution_id, request.mode, plan, call)
    skew = skew_of(item.recovery_point for item in resolved if item.recovery_point and not item.is_blocked)
    execution = msgspec.structs.replace(
        _new_execution(request, plan, execution_id, asked_at, call),
        server_count=len(servers),
        point_in_time=wish.moment,
        point_skew_seconds=None if skew is None else round(skew.total_seconds()),
    )
    try:
        _require_unchanged(plan)
        _write(execution, plan, servers, preempted, call.now)
    except Exception:
        release_leases(keys, execution_id)
        raise
    try:
        start_workflow(call.hub, execution_id, plan.plan_id)
    except DomainError as error:
        _give_up(execution, keys, error, call.now)
        raise
    return StartedExecution(
        execution,
        repeated=False,
        excluded=[run for run in servers if run.status is ServerStatus.EXCLUDED],
        preempted=[drill.execution_id for drill in preempted],
    )


def _require_unchanged(plan: RecoveryPlan) -> None:
    """Raises RecordNotFound or StateConflict when the plan was deleted or saved before its lease was ours.

    From its lease on nobody can change it; what was read before that may be old.
    """
    current = get_plan(plan.plan_id)
    if current.version != plan.version:
        raise StateConflict(
            f"The plan '{plan.name}' was saved at this very moment, as version {current.version}. Start it again.",
            currentVersion=current.version,
        )


def _with_points(resolution: Resolution, wish: PointWish, call: CallContext) -> list[PlannedServer]:
    """The plan's servers with the points they are to be launched from.

    Raises Unavailable when the time is too short to ask for them all: none may be launched from other data than asked.
    """
    servers = resolution.require_complete()
    by_rest = call.mode is InvocationMode.API_GATEWAY
    until = min(call.deadline - RESERVE, call.now + REST_PATIENCE) if by_rest else call.deadline - RESERVE
    chosen = choose_points(servers, wish, resolution.accounts, until=until)
    if chosen.unread:
        first = next(iter(chosen.unread.values()))
        raise Unavailable(
            f"The recovery points of {len(chosen.unread)} server(s) could not be read in time: {first.message} "
            "Nothing was started. Try again; a direct invocation has more time than REST.",
            sourceServerIds=sorted(chosen.unread)[:50],
        )
    return chosen.servers


def _claim_key(key: str, execution_id: str, now: datetime) -> Execution | None:
    """The execution that an earlier call with this key has started; None when the key is ours now."""
    if not key:
        return None
    holder = claim_start_key(key, execution_id)
    if holder == execution_id:
        return None
    earlier = find_execution(holder)
    if earlier is not None:
        return earlier
    if now - made_at(holder) > ABANDONED_AFTER and replace_start_key(key, holder, execution_id):
        return None
    raise AlreadyRunning(
        "A start with this idempotency key is under way. Ask again in a few seconds.", executionId=holder
    )


def _admit(servers: Sequence[PlannedServer], execution_id: str, *, accept_degraded: bool) -> list[ServerRun]:
    """The servers with those excluded that cannot launch. Raises PreflightBlocked when that is not accepted."""
    refused = refuses_start(servers, accept_degraded=accept_degraded)
    if refused:
        names = ", ".join(item.hostname for item in refused[:5])
        raise PreflightBlocked(
            f"{len(refused)} server(s) cannot launch: {names}. "
            "Mend them, or start with acceptDegraded to leave them out.",
            servers=[_told(item) for item in refused],
        )
    return [_server_run(item, execution_id) for item in servers]


def _server_run(item: PlannedServer, execution_id: str) -> ServerRun:
    reasons = " ".join(finding.reason for finding in item.findings if finding.readiness is Readiness.BLOCKED)
    return ServerRun(
        execution_id=execution_id,
        wave_number=item.wave_number,
        source_server_id=item.source_server_id,
        hostname=item.hostname,
        account_id=item.account_id,
        region=item.region,
        group_id=item.group_id,
        os=item.os,
        impact=item.impact,
        status=ServerStatus.EXCLUDED if item.is_blocked else ServerStatus.NOT_STARTED,
        error=reasons,
        recovery_point_id=item.recovery_point.point_id if item.recovery_point else "",
        recovery_point_at=item.recovery_point.at if item.recovery_point else None,
    )


def _told(item: PlannedServer) -> dict[str, object]:
    return {
        "sourceServerId": item.source_server_id,
        "hostname": item.hostname,
        "accountId": item.account_id,
        "region": item.region,
        "findings": msgspec.to_builtins(item.findings),
    }


def _new_execution(
    request: StartExecution, plan: RecoveryPlan, execution_id: str, asked_at: datetime, call: CallContext
) -> Execution:
    return Execution(
        execution_id=execution_id,
        plan_id=plan.plan_id,
        plan_version=plan.version,
        plan_name=plan.name,
        mode=request.mode,
        status=ExecutionStatus.CREATED,
        started_at=asked_at,
        initiated_by=call.principal.name,
        reason=request.reason.strip(),
        wave_count=len(plan.waves),
        deadline_at=asked_at + timedelta(minutes=plan.timeout_minutes) if plan.timeout_minutes else None,
    )


def _write(
    execution: Execution,
    plan: RecoveryPlan,
    servers: Sequence[ServerRun],
    preempted: Sequence[Execution],
    at: datetime,
) -> None:
    excluded = sum(run.status is ServerStatus.EXCLUDED for run in servers)
    left_out = f", {excluded} of them left out because they cannot launch" if excluded else ""
    message = (
        f"{execution.mode} of '{plan.name}' (version {plan.version}) started by {execution.initiated_by}: "
        f"{len(servers)} server(s) in {len(plan.waves)} wave(s){left_out}.{_told_points(execution)}"
    )
    event = tell(execution.execution_id, at, EventKind.EXECUTION_STARTED, message, mode=execution.mode.value)
    announce_execution(execution.execution_id, abandoned_at=at + RECORDS_ABANDONED_AFTER)
    # Nobody sees any of it before the header is there; what were added after it could be lost.
    append_events(
        tell(
            execution.execution_id,
            at,
            EventKind.DRILL_PREEMPTED,
            f"The drill of '{drill.plan_name}' ({drill.execution_id}) was cancelled for this recovery. "
            "Servers in its DRS jobs launch once these have ended.",
            drillId=drill.execution_id,
        )
        for drill in preempted
    )
    write_runs(_wave_runs(plan, execution.execution_id, servers), servers)
    create_execution(execution, event)


def _told_points(execution: Execution) -> str:
    if execution.point_skew_seconds is None:
        return ""
    asked = f"as of {told(execution.point_in_time)}" if execution.point_in_time else "chosen one by one"
    return f" Their recovery points, {asked}, lie {execution.point_skew_seconds} s apart."


def _wave_runs(plan: RecoveryPlan, execution_id: str, servers: Sequence[ServerRun]) -> list[WaveRun]:
    by_wave: dict[int, list[ServerRun]] = {wave.number: [] for wave in plan.waves}
    for run in servers:
        by_wave[run.wave_number].append(run)
    return [
        WaveRun(
            execution_id=execution_id,
            wave_number=wave.number,
            name=wave.name,
            status=WaveStatus.NOT_STARTED,
            depends_on=wave.depends_on,
            on_failure=wave.on_failure,
            min_success_percent=wave.min_success_percent,
            timeout_minutes=wave.timeout_minutes,
            delay_seconds=wave.delay_seconds,
            approval_required=wave.approval_required,
            expected_seconds=expected_seconds({run.os for run in by_wave[wave.number]}, settings().drs_pace),
            server_count=len(by_wave[wave.number]),
            step_count=len(wave.steps),
        )
        for wave in plan.waves
    ]


def _give_up(execution: Execution, keys: Sequence[str], error: DomainError, now: datetime) -> None:
    reason = f"The state machine could not be started: {error.message}"
    event = tell(execution.execution_id, now, EventKind.EXECUTION_ENDED, reason)
    move_execution(execution.execution_id, ExecutionStatus.FAILED, event, outcome_reason=reason, ended_at=now)
    release_leases(keys, execution.execution_id)
