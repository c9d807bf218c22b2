"""Ends an execution: judges it by its records and frees every lease, whatever went wrong before.

An execution ends only when none of its launch requests is open in DRS and every server is in a final state. Until then
its leases keep other executions from launching the same servers.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from ...domain.access.context import CallContext
from ...domain.afterwards.termination import cleanup_minutes
from ...domain.estate.groups import Impact
from ...domain.plans.plans import CleanupPolicy
from ...domain.runs.events import EventKind
from ...domain.runs.leases import lease_keys
from ...domain.runs.outcomes import WaveOutcome, count_servers, judge_execution
from ...domain.runs.pace import next_poll_seconds, open_jobs_of
from ...domain.runs.records import Execution, ExecutionStatus, JobRun, ServerStatus, WaveRun, WaveStatus
from ...logs import Counted, count
from ...operations.tasks import ExecutionTask, FailExecutionTask
from ...settings import settings
from ...store.reads.plans.plans import get_plan_version
from ...store.reads.runs.executions import get_execution, get_servers, get_wave_servers, get_waves
from ...store.writes.runs.executions import move_execution
from ...store.writes.runs.leases import release_leases
from ...store.writes.runs.waves import end_wave
from ..notices.events import error_text, new_event
from .counting import recount
from .following import close_idle_servers, follow_jobs

UNFINISHED = "The state machine ended before this wave had an outcome."


def finalize_execution(task: ExecutionTask, call: CallContext) -> dict[str, Any]:
    """Ends an execution whose waves are all over. Safe to repeat.

    Returns the ``status``, whether it is ``over``, and after how many seconds to call again while DRS jobs are open.
    """
    return _end(task.execution_id, "", call)


def fail_execution(task: FailExecutionTask, call: CallContext) -> dict[str, Any]:
    """Ends an execution whose state machine failed; what it launched is still reported. Safe to repeat."""
    return _end(task.execution_id, f"the orchestration failed ({error_text(task.error)})", call)


def _end(execution_id: str, error: str, call: CallContext) -> dict[str, Any]:
    execution = get_execution(execution_id)
    while not execution.status.is_final:
        # Again if another call changed it between the read and the write.
        open_jobs = _end_waves(execution, call)
        if open_jobs:
            return {
                "status": execution.status.value,
                "over": False,
                "next_look_seconds": _pause(execution, open_jobs, call),
            }
        waves = [recount(execution, wave) for wave in get_waves(execution_id)]
        execution = _judge(execution, waves, error, call)
    plan = get_plan_version(execution.plan_id, execution.plan_version)
    release_leases(lease_keys(plan, get_servers(execution_id)), execution_id)
    return {"status": execution.status.value, "over": True, "next_look_seconds": 1}


def _end_waves(execution: Execution, call: CallContext) -> list[JobRun]:
    """Ends the waves that no state machine ends any more and follows their DRS jobs. Returns the open requests."""
    waves = get_waves(execution.execution_id)
    while open_waves := [wave for wave in waves if not wave.status.is_final]:
        # Again for waves that another call changed between the read and the write: none may launch anything any more.
        for wave in open_waves:
            _end_wave(wave, call)
        waves = get_waves(execution.execution_id)
    follow_jobs(execution, call, waves={wave.wave_number for wave in waves})
    return [job for wave in waves for job in close_idle_servers(wave, call.now)]


def _end_wave(wave: WaveRun, call: CallContext) -> None:
    """Ends a wave: as CANCELLED if it never started, otherwise as FAILED."""
    status = WaveStatus.CANCELLED if wave.status.is_before_start else WaveStatus.FAILED
    reason = f"{wave.outcome_reason} {UNFINISHED}".strip()
    launched, failed = count_servers(get_wave_servers(wave.execution_id, wave.wave_number), ())
    message = f"Wave {wave.wave_number} '{wave.name}' is {status}. {reason}"
    now = call.now
    event = new_event(
        wave.execution_id, now, EventKind.WAVE_ENDED, message, wave_number=wave.wave_number, status=status.value
    )
    if end_wave(wave, WaveOutcome(status, reason, launched, failed), event, ended_at=now):
        count(Counted.BROKEN_WAVES)


def _pause(execution: Execution, open_jobs: Sequence[JobRun], call: CallContext) -> int:
    """Whole seconds until the next look."""
    return next_poll_seconds(
        open_jobs_of(open_jobs, get_servers(execution.execution_id), now=call.now),
        queued=False,
        attempt=1,
        pace=settings().drs_pace,
        attempt_began_at=execution.started_at,
        now=call.now,
    )


def _judge(execution: Execution, waves: Sequence[WaveRun], error: str, call: CallContext) -> Execution:
    servers = get_servers(execution.execution_id)
    excluded = sum(run.status is ServerStatus.EXCLUDED and run.impact is Impact.CRITICAL for run in servers)
    outcome = judge_execution(
        waves,
        cancelling=execution.status is ExecutionStatus.CANCELLING,
        excluded_critical=excluded,
        error=error,
        timed_out=execution.timed_out_at is not None,
    )
    now = call.now
    minutes = cleanup_minutes(execution, outcome.status, _cleanup(execution))
    message = f"The {execution.mode} of '{execution.plan_name}' is {outcome.status}. {outcome.reason}"
    event = new_event(execution.execution_id, now, EventKind.EXECUTION_ENDED, message, status=outcome.status.value)
    move_execution(
        execution.execution_id,
        outcome.status,
        event,
        outcome_reason=outcome.reason,
        ended_at=now,
        cleanup_at=None if minutes is None else now + timedelta(minutes=minutes),
        seen=execution,
    )
    return get_execution(execution.execution_id)


def _cleanup(execution: Execution) -> CleanupPolicy:
    return get_plan_version(execution.plan_id, execution.plan_version).cleanup
