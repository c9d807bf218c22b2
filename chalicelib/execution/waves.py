"""The state machine's tasks around a wave: begin the run, wait for release, start, judge, wait for a decision."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from ..aws.actions.workflow import release_task
from ..domain.context import CallContext
from ..domain.executions import (
    Execution,
    ExecutionStatus,
    JobRun,
    ServerRun,
    ServerStatus,
    WaveRun,
    WaveStatus,
)
from ..domain.outcomes import WaveOutcome, judge_wave
from ..domain.pace import IMMINENT_SECONDS
from ..domain.plans import OnFailure
from ..domain.progress import WaveState
from ..domain.release import ready_since
from ..domain.requests import CompleteWaveTask, ExecutionTask, TokenTask, WaveTask
from ..store.reads.executions import get_execution, get_wave, get_wave_jobs, get_wave_servers, get_waves
from ..store.reads.steps import get_wave_steps
from ..store.writes.executions import move_execution
from ..store.writes.servers import close_servers
from ..store.writes.timeline import append_events
from ..store.writes.waves import end_wave, hold_wave, queue_wave, remember_token
from .events import EventKind, tell, told_error
from .launching import launch_waiting_servers
from .release import CLOSED, release_waves
from .steps import drive_steps, judge_with_steps

DONE = {"next": "DONE"}
RETRY = {"next": "RETRY"}
AWAIT_DECISION = {"next": "AWAIT_DECISION"}
AWAIT_RELEASE = {"next": "AWAIT_RELEASE"}


def begin_execution(task: ExecutionTask, call: CallContext) -> dict[str, Any]:
    """CREATED → IN_PROGRESS; answers with one item for each wave, or none when the run is over already."""
    execution = get_execution(task.execution_id)
    event = tell(task.execution_id, call.now, EventKind.EXECUTION_RUNNING, "The state machine runs.")
    if execution.status is ExecutionStatus.CREATED:
        move_execution(task.execution_id, ExecutionStatus.IN_PROGRESS, event)
        execution = get_execution(task.execution_id)
    waves = [] if execution.status.is_final else get_waves(task.execution_id)
    return {"waves": [_child_state(execution, wave.wave_number, [], "WAITING", 1) for wave in waves]}


def await_wave_release(task: TokenTask, call: CallContext) -> dict[str, Any]:
    """Keeps the token until the wave may start; a wave that need not wait is released before this returns.

    A token that comes late, after a later one of the same wave, is dead and is passed over.
    """
    if remember_token(task.execution_id, task.wave_number, task.task_token, task.asked):
        release_waves(task.execution_id, call)
    elif get_wave(task.execution_id, task.wave_number).status.is_final:
        release_task(call.hub, task.task_token, CLOSED)
    return {}


def start_wave(task: WaveTask, call: CallContext) -> dict[str, Any]:
    """Starts a released wave and launches what the quotas allow; a repeated start goes on from there."""
    execution = get_execution(task.execution_id)
    waves = {wave.wave_number: wave for wave in get_waves(task.execution_id)}
    wave = waves.get(task.wave_number) or get_wave(task.execution_id, task.wave_number)
    if wave.status in {WaveStatus.NOT_STARTED, WaveStatus.AWAITING_APPROVAL}:
        message = f"Wave {wave.wave_number} '{wave.name}' starts: {wave.server_count} server(s)."
        event = tell(task.execution_id, call.now, EventKind.WAVE_STARTED, message, wave_number=wave.wave_number)
        now = call.now
        queue_wave(
            task.execution_id,
            wave.wave_number,
            event,
            ready_at=ready_since(wave, waves, execution),
            started_at=now,
            deadline_at=now + timedelta(minutes=wave.timeout_minutes),
        )
        wave = get_wave(task.execution_id, task.wave_number)
    if wave.step_count and not drive_steps(execution, wave, call):
        jobs = get_wave_jobs(task.execution_id, wave.wave_number)
        return _child_state(execution, wave.wave_number, jobs, WaveState.IN_PROGRESS, IMMINENT_SECONDS)
    summary = launch_waiting_servers(execution, wave, call)
    if summary.queued:
        reasons = "; ".join(sorted(set(summary.queued.values())))
        message = f"{len(summary.queued)} server(s) of wave {wave.wave_number} wait: {reasons}"
        append_events(
            [tell(task.execution_id, call.now, EventKind.SERVERS_QUEUED, message, wave_number=wave.wave_number)]
        )
    jobs = get_wave_jobs(task.execution_id, wave.wave_number)
    return _child_state(execution, wave.wave_number, jobs, WaveState.IN_PROGRESS, summary.next_poll_seconds)


def complete_wave(task: CompleteWaveTask, call: CallContext) -> dict[str, str]:
    """Judges a wave that is over, or that broke, and releases those that waited for it. Safe to repeat."""
    execution = get_execution(task.execution_id)
    wave = get_wave(task.execution_id, task.wave_number)
    if wave.status is WaveStatus.AWAITING_DECISION and not task.error:
        return AWAIT_DECISION
    if task.status == WaveState.PAUSED and not wave.status.is_final and not task.error:
        return AWAIT_RELEASE
    if not task.error and _has_not_begun(execution, wave, call.now):
        return RETRY
    if not wave.status.is_final:
        outcome = _judge(execution, wave, task, call.now)
        failed = outcome.status in {WaveStatus.FAILED, WaveStatus.TIMED_OUT}
        if failed and wave.on_failure is OnFailure.PAUSE and not task.error:
            return _hold(wave, outcome, call.now)
        stops = failed and wave.on_failure is not OnFailure.CONTINUE
        reason = f"Wave {wave.wave_number} '{wave.name}' is {outcome.status}: {outcome.reason}"
        _end(wave, outcome, call.now, stop_reason=reason if stops else "")
    release_waves(task.execution_id, call)
    return DONE


def await_operator_decision(task: TokenTask, call: CallContext) -> dict[str, Any]:
    """Keeps the token until an operator has decided on the failed wave, or the decision was made already."""
    return await_wave_release(task, call)


def _has_not_begun(execution: Execution, wave: WaveRun, now: datetime) -> bool:
    """Whether somebody has decided on another attempt, and this judges the one before: its first answer was lost."""
    decided = wave.attempt > 1 and wave.status is WaveStatus.QUEUED and execution.status is ExecutionStatus.IN_PROGRESS
    if not decided or (wave.deadline_at is not None and now > wave.deadline_at):
        return False
    jobs = get_wave_jobs(wave.execution_id, wave.wave_number)
    steps = get_wave_steps(wave.execution_id, wave.wave_number) if wave.step_count else []
    return wave.attempt not in {job.attempt for job in jobs} | {step.attempt for step in steps}


def _judge(execution: Execution, wave: WaveRun, task: CompleteWaveTask, now: datetime) -> WaveOutcome:
    """Ends the servers that are still open, with the reason, and judges what came of all of them."""
    timed_out = task.status == WaveState.TIMED_OUT
    cancelled = execution.status is ExecutionStatus.CANCELLING
    servers = get_wave_servers(task.execution_id, task.wave_number)
    _close_open_servers(wave, servers, task, now, cancelled=cancelled)
    servers = get_wave_servers(task.execution_id, task.wave_number)
    if wave.step_count:
        outcome = judge_with_steps(execution, wave, servers, timed_out=timed_out, now=now)
    else:
        outcome = judge_wave(servers, min_success_percent=wave.min_success_percent, timed_out=timed_out)
    unfinished = wave.step_count and outcome.status is not WaveStatus.COMPLETED
    if cancelled and (unfinished or any(run.status is ServerStatus.SKIPPED for run in servers)):
        return WaveOutcome(WaveStatus.CANCELLED, "The execution was cancelled.", outcome.launched, outcome.failed)
    return outcome


def _close_open_servers(
    wave: WaveRun, servers: Sequence[ServerRun], task: CompleteWaveTask, now: datetime, *, cancelled: bool
) -> None:
    waiting = [run for run in servers if run.status is ServerStatus.NOT_STARTED]
    launching = [run for run in servers if run.status is ServerStatus.LAUNCHING]
    why = _why_over(wave, task)
    if cancelled:
        close_servers(
            waiting, ServerStatus.SKIPPED, "The execution was cancelled before this server was launched.", now
        )
    else:
        close_servers(waiting, ServerStatus.FAILED, f"Not launched: {why}", now)
    told = f"Its launch had not ended: {why} What became of it stands in its DRS job."
    close_servers(launching, ServerStatus.FAILED, told, now)


def _why_over(wave: WaveRun, task: CompleteWaveTask) -> str:
    if task.error:
        return f"the orchestration of the wave broke ({told_error(task.error)})."
    if task.status == WaveState.TIMED_OUT:
        return f"the wave reached its limit of {wave.timeout_minutes} minutes."
    return "the wave was over."


def _hold(wave: WaveRun, outcome: WaveOutcome, now: datetime) -> dict[str, str]:
    message = f"Wave {wave.wave_number} '{wave.name}' needs a decision. {outcome.reason}"
    hold_wave(wave.execution_id, wave.wave_number, outcome, tell(
        wave.execution_id, now, EventKind.DECISION_NEEDED, message, wave_number=wave.wave_number
    ))  # fmt: skip
    return AWAIT_DECISION


def _end(wave: WaveRun, outcome: WaveOutcome, now: datetime, *, stop_reason: str) -> None:
    message = f"Wave {wave.wave_number} '{wave.name}' is {outcome.status}. {outcome.reason}"
    event = tell(
        wave.execution_id, now, EventKind.WAVE_ENDED, message, wave_number=wave.wave_number, status=outcome.status.value
    )
    end_wave(wave.execution_id, wave.wave_number, outcome, event, ended_at=now, stop_reason=stop_reason)


def _child_state(
    execution: Execution, wave_number: int, jobs: Sequence[JobRun], job_status: str, next_poll_seconds: int
) -> dict[str, Any]:
    """The state that travels through the state machine of one wave: ids and small values only.

    ``job_id`` and ``servers`` are those of the wave's first open job; the records hold the truth of all of them.
    """
    first = next((job for job in jobs if job.is_open and job.job_id), None)
    return {
        "execution_id": execution.execution_id,
        "plan_id": execution.plan_id,
        "current_wave_number": wave_number,
        "job_id": first.job_id if first else "",
        "servers": list(first.server_ids) if first else [],
        "wave_status": {"job_status": job_status, "wave_completed": False, "next_poll_seconds": next_poll_seconds},
    }
