"""Starting an execution: resolve, preflight, leases, records, state machine; on any failure nothing is left behind."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from ulid import ULID

from ..aws.actions.workflow import start_workflow
from ..domain.context import CallContext
from ..domain.errors import AlreadyRunning, DomainError, FieldProblem, InvalidRequest, PreflightBlocked, ServersBusy
from ..domain.executions import Execution, ExecutionStatus, Mode, ServerRun, ServerStatus, WaveRun, WaveStatus
from ..domain.groups import Impact
from ..domain.leases import ABANDONED_AFTER, lease_keys, plan_lease_key
from ..domain.pace import expected_seconds
from ..domain.plans import RecoveryPlan
from ..domain.requests import StartExecution
from ..domain.servers import Readiness
from ..domain.views import StartedExecution
from ..ids import new_id
from ..settings import settings
from ..store.reads.executions import find_execution
from ..store.reads.leases import find_leases
from ..store.reads.plans import get_plan
from ..store.writes.executions import (
    claim_start_key,
    create_execution,
    move_execution,
    release_start_key,
    replace_start_key,
)
from ..store.writes.leases import release_leases, replace_abandoned_lease, take_leases
from .events import EventKind, tell
from .resolution import ResolvedServer, resolve_plan


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
    resolved = resolve_plan(plan, execution_id, asked_at)
    servers = _admit(resolved, accept_degraded=request.accept_degraded)
    keys = lease_keys(plan, servers)
    _take_all(keys, execution_id, plan, call.now)
    execution = msgspec.structs.replace(
        _new_execution(request, plan, execution_id, asked_at, call), server_count=len(servers)
    )
    try:
        _write(execution, plan, servers, call.now)
    except Exception:
        release_leases(keys, execution_id)
        raise
    try:
        start_workflow(call.hub, execution_id, plan.plan_id)
    except DomainError as error:
        _give_up(execution, keys, error, call.now)
        raise
    return StartedExecution(
        execution, repeated=False, excluded=[run for run in servers if run.status is ServerStatus.EXCLUDED]
    )


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
    if now - _made_at(holder) > ABANDONED_AFTER and replace_start_key(key, holder, execution_id):
        return None
    raise AlreadyRunning(
        "A start with this idempotency key is under way. Ask again in a few seconds.", executionId=holder
    )


def _admit(resolved: Sequence[ResolvedServer], *, accept_degraded: bool) -> list[ServerRun]:
    """The servers with those excluded that cannot launch. Raises PreflightBlocked when that is not accepted."""
    blocked = [item for item in resolved if item.readiness is Readiness.BLOCKED]
    critical = [item for item in blocked if item.run.impact is Impact.CRITICAL]
    if (critical and not accept_degraded) or len(blocked) == len(resolved):
        names = ", ".join(item.run.hostname for item in (critical or blocked)[:5])
        raise PreflightBlocked(
            f"{len(critical or blocked)} server(s) cannot launch: {names}. "
            "Mend them, or start with acceptDegraded to leave them out.",
            servers=[_told(item) for item in critical or blocked],
        )
    return [_excluded(item) if item.readiness is Readiness.BLOCKED else item.run for item in resolved]


def _excluded(item: ResolvedServer) -> ServerRun:
    reasons = " ".join(finding.reason for finding in item.findings if finding.readiness is Readiness.BLOCKED)
    return msgspec.structs.replace(item.run, status=ServerStatus.EXCLUDED, error=reasons)


def _told(item: ResolvedServer) -> dict[str, object]:
    return {
        "sourceServerId": item.run.source_server_id,
        "hostname": item.run.hostname,
        "accountId": item.run.account_id,
        "region": item.run.region,
        "findings": msgspec.to_builtins(item.findings),
    }


def _take_all(keys: Sequence[str], execution_id: str, plan: RecoveryPlan, now: datetime) -> None:
    """Takes every lease or none. Raises AlreadyRunning or ServersBusy, with the name of the holder."""
    taken = take_leases(keys, execution_id, now)
    while taken < len(keys):
        held = [
            lease for lease in find_leases(keys[taken : taken + 100]).values() if lease.execution_id != execution_id
        ]
        holders = {lease.execution_id: find_execution(lease.execution_id) for lease in held}
        abandoned = [
            lease for lease in held if holders[lease.execution_id] is None and now - lease.taken_at > ABANDONED_AFTER
        ]
        if held and (
            not abandoned or not all(replace_abandoned_lease(lease, execution_id, now) for lease in abandoned)
        ):
            release_leases(keys[:taken], execution_id)
            first = next((lease for lease in held if lease not in abandoned), held[0])
            raise _busy(first.key, first.execution_id, holders[first.execution_id], plan, len(held))
        taken += take_leases(keys[taken:], execution_id, now)


def _busy(key: str, holder_id: str, holder: Execution | None, plan: RecoveryPlan, count: int) -> DomainError:
    name = (
        f"{holder.mode} '{holder.plan_name}' ({holder_id}, {holder.status})"
        if holder
        else f"a start under way ({holder_id})"
    )
    if key == plan_lease_key(plan.plan_id):
        return AlreadyRunning(
            f"The plan '{plan.name}' is already running: {name}. Wait until it has ended.", executionId=holder_id
        )
    message = f"{count} server(s) or group(s) of the plan are held by {name}. Wait until it has ended, or cancel it."
    return ServersBusy(message, executionId=holder_id, first=key)


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
    )


def _write(execution: Execution, plan: RecoveryPlan, servers: Sequence[ServerRun], at: datetime) -> None:
    excluded = sum(run.status is ServerStatus.EXCLUDED for run in servers)
    left_out = f", {excluded} of them left out because they cannot launch" if excluded else ""
    message = (
        f"{execution.mode} of '{plan.name}' (version {plan.version}) started by {execution.initiated_by}: "
        f"{len(servers)} server(s) in {len(plan.waves)} wave(s){left_out}."
    )
    event = tell(execution.execution_id, at, EventKind.EXECUTION_STARTED, message, mode=execution.mode.value)
    create_execution(execution, _wave_runs(plan, execution.execution_id, servers), servers, event)


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
        )
        for wave in plan.waves
    ]


def _give_up(execution: Execution, keys: Sequence[str], error: DomainError, now: datetime) -> None:
    reason = f"The state machine could not be started: {error.message}"
    event = tell(execution.execution_id, now, EventKind.EXECUTION_ENDED, reason)
    move_execution(execution.execution_id, ExecutionStatus.FAILED, event, outcome_reason=reason, ended_at=now)
    release_leases(keys, execution.execution_id)


def _made_at(execution_id: str) -> datetime:
    return ULID.from_str(execution_id.removeprefix("exec-")).datetime
