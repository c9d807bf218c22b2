"""Starts an execution. If any step of that fails, nothing is left behind.

The steps are: resolve the plan, run the preflight, take leases, write the records, start the state machine.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec

from ...aws.actions.launches.recoveries import check_launch_access
from ...aws.actions.runs.workflow import start_workflow
from ...domain.access.context import CallContext
from ...domain.access.idempotency import Replayed, RequestKey, deleted_since, key_problems, request_key
from ...domain.access.permissions import InvocationMode, Permission
from ...domain.errors import (
    DomainError,
    FieldProblem,
    PreflightBlocked,
    StateConflict,
    Unavailable,
    require_no_problems,
)
from ...domain.estate.recovery_points import PointWish, read_wish
from ...domain.estate.servers import Readiness
from ...domain.limits import that_fit
from ...domain.plans.plans import RecoveryPlan
from ...domain.runs.events import EventKind
from ...domain.runs.existing_instances import (
    NOT_CHECKED,
    plain_replacements,
    read_replacements,
    require_known_replacements,
)
from ...domain.runs.leases import lease_keys
from ...domain.runs.new_run import new_execution, new_server_run, new_wave_runs, start_message
from ...domain.runs.planned_servers import PlannedServer
from ...domain.runs.preflight import refuses_start
from ...domain.runs.records import Execution, ExecutionStatus, Mode, ServerRun, ServerStatus
from ...domain.text import count_of
from ...ids import new_id
from ...operations.live import ListExecutionEvents
from ...operations.runs import StartedExecution, StartExecution
from ...preflight.existing_instances import check_existing
from ...preflight.expected_times import with_expected_times
from ...preflight.points import choose_points
from ...preflight.resolution import Resolution, resolve_plan
from ...settings import settings
from ...store.reads.access.idempotency import find_earlier
from ...store.reads.plans.plans import get_plan
from ...store.reads.runs.executions import find_execution, get_servers
from ...store.reads.runs.live import list_execution_events
from ...store.transactions import ConditionFailed
from ...store.writes.access.idempotency import release_key
from ...store.writes.runs.executions import move_execution
from ...store.writes.runs.leases import release_leases
from ...store.writes.runs.new_executions import abandon_start, announce_execution, create_execution, write_runs
from ...store.writes.runs.timeline import append_events
from ..notices.events import new_event
from ..people.standing import ask_about_person
from .acquire_leases import abandoned_start_error, acquire_all_leases

RESERVE = timedelta(seconds=20)
"""The time that a start needs once its servers are known, for leases, records and the state machine."""

MOST_LISTED_BYTES = 1_500_000
"""An answer names as many servers as this; Lambda returns at most 6 MB."""

REST_PATIENCE = timedelta(seconds=15)
"""How long a start by REST may look for recovery points; API Gateway ends every request after 29 s."""


def start_execution(request: StartExecution, call: CallContext) -> StartedExecution | Replayed[StartedExecution]:
    """Starts a drill or a recovery, and returns as soon as its state machine runs.

    A repeated request with the same idempotency key returns the execution that the first one started; another request
    with the key is a StateConflict. Raises RecordNotFound (the plan), PreflightBlocked (servers that cannot launch,
    unless accepted), and AlreadyRunning or ServersBusy, which both name the holder.
    """
    started = start_once(request, call)
    return Replayed(started) if started.repeated else started


def start_once(request: StartExecution, call: CallContext) -> StartedExecution:
    """Starts an execution, or finds the one that the same request has started before (``repeated``)."""
    requested_at = call.now
    wish, key = _read(request, call, requested_at)
    earlier = _started_earlier(key, requested_at)
    if earlier:
        return _replay(earlier, call)
    note = ask_about_person(call, Permission.START_RECOVERY) if request.mode is Mode.RECOVERY else ""
    plan = get_plan(request.plan_id)
    replacements = read_replacements(request.replace_instances, request.mode, plan.name)
    execution_id = new_id("exec")
    resolution = resolve_plan(plan, requested_at, check_launch_access)
    resolved = _with_points(resolution, wish, call)
    require_known_replacements(request.replace_instances, {server.source_server_id for server in resolved})
    resolved = check_existing(resolved, resolution.accounts, request.mode, call.now, replacements)
    resolved = with_expected_times(resolved, call.now)
    servers = _admit(resolved, execution_id, accept_degraded=request.accept_degraded)
    execution = new_execution(
        execution_id,
        plan,
        resolved,
        mode=request.mode,
        wish=wish,
        reason=request.reason.strip(),
        started_by=call.principal,
        started_at=requested_at,
    )
    return _start(_NewRun(execution, plan, servers, lease_keys(plan, servers), key, note), call)


def find_started(request: StartExecution, call: CallContext) -> Execution | None:
    """The execution that the same request has started; None if there is none.

    Raises StateConflict if its key was used for another request, or the execution has been deleted.
    """
    _, key = _read(request, call, call.now)
    return _started_earlier(key, call.now)


def _read(request: StartExecution, call: CallContext, requested_at: datetime) -> tuple[PointWish, RequestKey | None]:
    """The recovery points that are requested, and the request's key. Raises InvalidRequest."""
    problems = key_problems(request.idempotency_key)
    if request.mode is Mode.RECOVERY and not request.reason.strip():
        problems.append(FieldProblem("reason", "is required for a RECOVERY; say why you start it"))
    require_no_problems(problems)
    wish = read_wish(request.point_in_time, request.recovery_points, requested_at)
    # The same moment may be written in several time zones, so the key is made from the parsed one.
    plain = msgspec.structs.replace(
        request,
        reason=request.reason.strip(),
        point_in_time="",
        replace_instances=plain_replacements(request.replace_instances),
        idempotency_key="",
    )
    return wish, request_key("start_execution", request.idempotency_key, (plain, wish.moment), call)


def _started_earlier(key: RequestKey | None, now: datetime) -> Execution | None:
    execution_id = find_earlier(key, now)
    if execution_id is None:
        return None
    found = find_execution(execution_id)
    if found is None:
        raise deleted_since(execution_id)
    return found


def _replay(earlier: Execution, call: CallContext) -> StartedExecution:
    """The answer to a repeated request: that of the first start, with the execution as it is now."""
    if earlier.status is ExecutionStatus.CREATED:
        # The function that wrote it may have died before this. Starting a state machine that already runs does nothing.
        start_workflow(call.hub, earlier.execution_id, earlier.plan_id)
    execution_id = earlier.execution_id
    first_lines = list_execution_events(ListExecutionEvents(execution_id=execution_id)).items
    return StartedExecution(
        earlier,
        repeated=True,
        excluded=_excluded(get_servers(execution_id)),
        preempted=[line.details["drillId"] for line in first_lines if line.kind == EventKind.DRILL_PREEMPTED],
    )


def _excluded(servers: Iterable[ServerRun]) -> list[ServerRun]:
    """The excluded servers for the answer, as many as fit; the list of the execution's servers has all."""
    return that_fit((run for run in servers if run.status is ServerStatus.EXCLUDED), MOST_LISTED_BYTES)


class _NewRun(msgspec.Struct, frozen=True):
    """All that a start writes, the leases that it needs (``keys``), and its idempotency key (``key``).

    ``note`` is what the timeline says of the person who starts it.
    """

    execution: Execution
    plan: RecoveryPlan
    servers: Sequence[ServerRun]
    keys: Sequence[str]
    key: RequestKey | None
    note: str


def _start(new: _NewRun, call: CallContext) -> StartedExecution:
    execution, plan = new.execution, new.plan
    try:
        preempted = acquire_all_leases(new.keys, execution.execution_id, execution.mode, plan, call)
        _require_unchanged(plan)
    except Exception as error:
        release_leases(new.keys, execution.execution_id)
        # The obstacle may be the execution that the same request has just started in another call.
        earlier = _started_earlier(new.key, execution.started_at) if isinstance(error, StateConflict) else None
        if earlier is None:
            raise
        return _replay(earlier, call)
    earlier = _write_or_fail(new, preempted, call)
    if earlier:
        return _replay(earlier, call)
    try:
        start_workflow(call.hub, execution.execution_id, plan.plan_id)
    except DomainError as error:
        _give_up(new, error, call.now)
        raise
    return StartedExecution(
        execution,
        repeated=False,
        excluded=_excluded(new.servers),
        preempted=[drill.execution_id for drill in preempted],
    )


def _write_or_fail(new: _NewRun, preempted: Sequence[Execution], call: CallContext) -> Execution | None:
    """Writes the execution. If that fails, makes sure that it never appears, frees the leases and raises.

    If this start was too slow and lost its turn to the same request, returns the execution that the other call started.
    """
    execution_id = new.execution.execution_id
    try:
        _write(new, preempted, call.now)
    except Exception as error:
        if not abandon_start(execution_id, call.now):
            # It was written; only DynamoDB's answer was lost.
            return None
        release_leases(new.keys, execution_id)
        if not isinstance(error, ConditionFailed):
            raise
        earlier = _started_earlier(new.key, new.execution.started_at)
        if earlier is None:
            raise abandoned_start_error(new.keys, execution_id, new.plan) from error
        return earlier
    return None


def _require_unchanged(plan: RecoveryPlan) -> None:
    """Raises RecordNotFound or StateConflict if the plan was deleted or saved before its lease was taken.

    The lease keeps the plan from being changed, but the copy that was read before may be old.
    """
    current = get_plan(plan.plan_id)
    if current.version != plan.version:
        raise StateConflict(
            f"The plan '{plan.name}' was saved as version {current.version} while this start was being prepared. "
            "Nothing was started. Check the new version and start it again.",
            currentVersion=current.version,
        )


def _with_points(resolution: Resolution, wish: PointWish, call: CallContext) -> list[PlannedServer]:
    """The plan's servers with the recovery points that they are launched from.

    Raises Unavailable if there is no time to read all of them: no server may be launched from data not requested.
    """
    servers = resolution.require_complete()
    by_rest = call.mode is InvocationMode.API_GATEWAY
    until = min(call.deadline - RESERVE, call.now + REST_PATIENCE) if by_rest else call.deadline - RESERVE
    chosen = choose_points(servers, wish, resolution.accounts, until=until)
    if chosen.unread:
        first = next(iter(chosen.unread.values()))
        raise Unavailable(
            f"The recovery points of {count_of(len(chosen.unread), 'server')} could not be read in time: "
            f"{first.message} Nothing was started. Try again; a direct invocation has more time than a REST request.",
            sourceServerIds=sorted(chosen.unread)[:50],
        )
    return chosen.servers


def _admit(servers: Sequence[PlannedServer], execution_id: str, *, accept_degraded: bool) -> list[ServerRun]:
    """The server runs, with servers that cannot launch excluded. Raises PreflightBlocked if that is not accepted.

    Raises Unavailable if AWS did not answer a check without which nothing may be launched, and that is all.
    """
    refused = refuses_start(servers, accept_degraded=accept_degraded)
    if refused:
        raise _refusal(refused, all_blocked=all(item.is_blocked for item in servers))
    return [new_server_run(execution_id, item) for item in servers]


def _refusal(refused: Sequence[PlannedServer], *, all_blocked: bool) -> DomainError:
    """The error of a refused start, with the first obstacle in its message and as many as fit in its details."""
    names = ", ".join(item.hostname for item in refused[:5])
    obstacles = [finding for item in refused for finding in item.findings if finding.readiness is Readiness.BLOCKED]
    details = that_fit(map(_details_of, refused), MOST_LISTED_BYTES)
    first = obstacles[0].reason if len(refused) == 1 else f"{refused[0].hostname}: {obstacles[0].reason}"
    cannot = f"{count_of(len(refused), 'server')} cannot launch: {names}. {first}"
    if all(finding.code == NOT_CHECKED for finding in obstacles):
        return Unavailable(f"{cannot} Nothing was started. {obstacles[0].remedy}", servers=details)
    leave_out = "" if all_blocked else " To launch the others only, start with acceptDegraded."
    return PreflightBlocked(f"{cannot} Nothing was started. {obstacles[0].remedy}{leave_out}", servers=details)


def _details_of(item: PlannedServer) -> dict[str, object]:
    return {
        "sourceServerId": item.source_server_id,
        "hostname": item.hostname,
        "accountId": item.account_id,
        "region": item.region,
        "findings": msgspec.to_builtins(item.findings),
    }


def _write(new: _NewRun, preempted: Sequence[Execution], at: datetime) -> None:
    execution = new.execution
    message = start_message(execution, new.servers) + new.note
    event = new_event(execution.execution_id, at, EventKind.EXECUTION_STARTED, message, mode=execution.mode.value)
    announce_execution(execution.execution_id, at)
    # The header is written last: without it nothing of the execution is visible, and a crash loses nothing visible.
    append_events(
        new_event(
            execution.execution_id,
            at,
            EventKind.DRILL_PREEMPTED,
            f"The drill of '{drill.plan_name}' ({drill.execution_id}) was cancelled for this recovery. "
            "Servers that are still in its DRS jobs are launched after these jobs have ended.",
            drillId=drill.execution_id,
        )
        for drill in preempted
    )
    waves = new_wave_runs(execution.execution_id, new.plan, new.servers, settings().drs_pace)
    write_runs(waves, new.servers, execution.started_at)
    create_execution(execution, event, new.key)


def _give_up(new: _NewRun, error: DomainError, now: datetime) -> None:
    """Ends an execution whose state machine did not start; the same request may start another one."""
    execution_id = new.execution.execution_id
    reason = f"The state machine could not be started, so nothing was launched. {error.message}"
    event = new_event(execution_id, now, EventKind.EXECUTION_ENDED, reason)
    move_execution(execution_id, ExecutionStatus.FAILED, event, outcome_reason=reason, ended_at=now)
    release_leases(new.keys, execution_id)
    if new.key:
        release_key(new.key, execution_id)
