"""Ending an execution: judged by what the records hold, with every lease freed, whatever went wrong before."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from ..domain.context import CallContext
from ..domain.executions import Execution, ExecutionStatus, ServerRun, ServerStatus, WaveRun, WaveStatus
from ..domain.groups import Impact
from ..domain.leases import lease_keys
from ..domain.outcomes import WaveOutcome, judge_execution
from ..domain.plans import CleanupPolicy
from ..domain.requests import ExecutionTask, FailExecutionTask
from ..domain.termination import cleanup_minutes
from ..store.reads.executions import get_execution, get_servers, get_waves
from ..store.reads.plans import get_plan_version
from ..store.writes.executions import move_execution
from ..store.writes.leases import release_leases
from ..store.writes.servers import close_servers
from ..store.writes.waves import end_wave
from .events import EventKind, tell, told_error

UNFINISHED = "The workflow of this wave ended without an outcome."


def finalize_execution(task: ExecutionTask, call: CallContext) -> dict[str, str]:
    """The regular end, once all waves are over. Safe to repeat."""
    return _end(task.execution_id, "", call.now)


def fail_execution(task: FailExecutionTask, call: CallContext) -> dict[str, str]:
    """The end of a run whose state machine broke; what had launched is told all the same. Safe to repeat."""
    return _end(task.execution_id, f"the orchestration broke ({told_error(task.error)})", call.now)


def _end(execution_id: str, error: str, now: datetime) -> dict[str, str]:
    execution = get_execution(execution_id)
    servers = get_servers(execution_id)
    plan = get_plan_version(execution.plan_id, execution.plan_version)
    while not execution.status.is_final:
        # Once more when somebody has moved it between the look and the write.
        waves = _close_open_waves(get_waves(execution_id), servers, now)
        _close_forgotten_servers(waves, servers, now)
        execution = _judge(execution, plan.cleanup, (waves, servers), error, now)
    release_leases(lease_keys(plan, servers), execution_id)
    return {"status": execution.status.value}


def _judge(
    execution: Execution,
    cleanup: CleanupPolicy,
    records: tuple[Sequence[WaveRun], Sequence[ServerRun]],
    error: str,
    now: datetime,
) -> Execution:
    waves, servers = records
    excluded = sum(run.status is ServerStatus.EXCLUDED and run.impact is Impact.CRITICAL for run in servers)
    cancelling = execution.status is ExecutionStatus.CANCELLING
    outcome = judge_execution(
        waves,
        cancelling=cancelling,
        excluded_critical=excluded,
        error=error,
        timed_out=execution.timed_out_at is not None,
    )
    minutes = cleanup_minutes(execution, outcome.status, cleanup)
    message = f"The {execution.mode} of '{execution.plan_name}' is {outcome.status}. {outcome.reason}"
    event = tell(execution.execution_id, now, EventKind.EXECUTION_ENDED, message, status=outcome.status.value)
    move_execution(
        execution.execution_id,
        outcome.status,
        event,
        outcome_reason=outcome.reason,
        ended_at=now,
        cleanup_at=None if minutes is None else now + timedelta(minutes=minutes),
    )
    return get_execution(execution.execution_id)


def _close_forgotten_servers(waves: Sequence[WaveRun], servers: Sequence[ServerRun], now: datetime) -> None:
    """Ends servers that whoever ended their wave has left open, dying; those of cancelled waves stay as they are."""
    for wave in waves:
        if wave.status is WaveStatus.CANCELLED:
            continue
        mine = [run for run in servers if run.wave_number == wave.wave_number and not run.status.is_final]
        skipped = wave.status is WaveStatus.SKIPPED
        close_servers(mine, ServerStatus.SKIPPED if skipped else ServerStatus.FAILED, wave.outcome_reason, now)


def _close_open_waves(waves: Sequence[WaveRun], servers: Sequence[ServerRun], now: datetime) -> list[WaveRun]:
    """Ends what no state machine will end any more: waves that never started are cancelled, the others have failed."""
    for wave in waves:
        if wave.status.is_final:
            continue
        mine = [run for run in servers if run.wave_number == wave.wave_number]
        close_servers([run for run in mine if not run.status.is_final], ServerStatus.FAILED, UNFINISHED, now)
        never_started = wave.status is WaveStatus.NOT_STARTED
        status = WaveStatus.CANCELLED if never_started else WaveStatus.FAILED
        launched = sum(run.status.has_launched for run in mine)
        outcome = WaveOutcome(status, UNFINISHED, launched, len(mine) - launched)
        message = f"Wave {wave.wave_number} '{wave.name}' is {status}. {UNFINISHED}"
        event = tell(
            wave.execution_id, now, EventKind.WAVE_ENDED, message, wave_number=wave.wave_number, status=status.value
        )
        end_wave(wave.execution_id, wave.wave_number, outcome, event, ended_at=now)
    return get_waves(waves[0].execution_id) if waves else []
