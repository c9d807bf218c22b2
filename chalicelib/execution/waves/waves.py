"""The state machine's tasks for waves: begin, wait for release, start, judge, wait for a decision.

Each task decides by the records alone. A call that comes late, twice or by hand starts and ends nothing that the
records do not allow.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from ...aws.actions.runs.workflow import release_task
from ...domain.access.context import CallContext
from ...domain.errors import StateConflict
from ...domain.launches.progress import WaveState
from ...domain.runs.events import EventKind
from ...domain.runs.pace import IMMINENT_SECONDS
from ...domain.runs.records import Execution, ExecutionStatus, JobRun, WaveRun
from ...domain.runs.release import ReleaseKind, decide_release, ready_since
from ...domain.text import count_of
from ...logs import Counted, count
from ...operations.tasks import CompleteWaveTask, ExecutionTask, TokenTask, WaveTask
from ...store.reads.runs.executions import get_execution, get_wave, get_wave_jobs, get_waves
from ...store.writes.runs.executions import move_execution
from ...store.writes.runs.waves import queue_wave, remember_token
from ..notices.events import new_event
from ..steps.steps import close_open_steps, drive_steps
from .following import close_idle_servers
from .judging import Judgement, judge, record_judgement
from .launching import launch_waiting_servers
from .progress import note_waiting
from .release import CLOSED, release_waves

DONE = {"next": "DONE"}
FOLLOW = {"next": "FOLLOW"}
RETRY = {"next": "RETRY"}
AWAIT_DECISION = {"next": "AWAIT_DECISION"}
AWAIT_RELEASE = {"next": "AWAIT_RELEASE"}

_TRIES = 5


def begin_execution(task: ExecutionTask, call: CallContext) -> dict[str, Any]:
    """CREATED → IN_PROGRESS. Returns one item for each wave, or none if the execution has already ended."""
    execution = get_execution(task.execution_id)
    event = new_event(task.execution_id, call.now, EventKind.EXECUTION_RUNNING, "The state machine is running.")
    if execution.status is ExecutionStatus.CREATED:
        move_execution(task.execution_id, ExecutionStatus.IN_PROGRESS, event)
        execution = get_execution(task.execution_id)
    waves = [] if execution.status.is_final else get_waves(task.execution_id)
    return {"waves": [_child_state(execution, wave, [], WaveState.WAITING, 1) for wave in waves]}


def await_wave_release(task: TokenTask, call: CallContext) -> dict[str, Any]:
    """Stores the token until the wave may start. A wave that need not wait is released before this returns.

    A token that arrives after a newer one of the same wave is no longer valid and is ignored.
    """
    if remember_token(task.execution_id, task.wave_number, task.task_token, task.token_order, timed=task.timed):
        release_waves(task.execution_id, call)
    elif get_wave(task.execution_id, task.wave_number).status.is_final:
        release_task(call.hub, task.task_token, CLOSED)
    return {}


def start_wave(task: WaveTask, call: CallContext) -> dict[str, Any]:
    """Starts a wave that may start and launches what the quotas allow. A repeated start goes on from there.

    Dependencies, approval, delay, pause and stop are checked here and again by the write, whatever the caller has done.
    """
    execution = get_execution(task.execution_id)
    wave = get_wave(task.execution_id, task.wave_number)
    if wave.status.is_before_start:
        wave = _begin_wave(execution, wave, call)
    if wave.status.is_before_start:
        return _child_state(execution, wave, [], WaveState.WAITING, 1)
    if wave.status.is_running and wave.step_count and not drive_steps(execution, wave, call):
        jobs = get_wave_jobs(task.execution_id, wave.wave_number)
        return _child_state(execution, wave, jobs, WaveState.IN_PROGRESS, IMMINENT_SECONDS)
    summary = launch_waiting_servers(execution, wave, call)
    note_waiting(wave, summary.queued, summary.waiting, call)
    jobs = get_wave_jobs(task.execution_id, wave.wave_number)
    return _child_state(execution, wave, jobs, WaveState.IN_PROGRESS, summary.next_poll_seconds)


def complete_wave(task: CompleteWaveTask, call: CallContext) -> dict[str, str]:
    """Judges a wave that is over, or whose orchestration failed, and releases those that waited for it.

    Safe to repeat. While a DRS job of the wave is open, also after the wave's end, the answer is FOLLOW.
    """
    wave = get_wave(task.execution_id, task.wave_number)
    if not task.error and task.attempt and task.attempt < wave.attempt:
        # This attempt was judged before and a retry was decided on, but the first answer was lost.
        return RETRY
    for _ in range(_TRIES):
        if wave.status.is_final:
            break
        judgement = judge(get_execution(task.execution_id), wave, task, call.now)
        if judgement.then is Judgement.GO_ON:
            return FOLLOW
        if judgement.then is Judgement.WAIT:
            return AWAIT_RELEASE
        if judgement.outcome is None:
            break
        recorded = record_judgement(wave, judgement, call)
        count(Counted.BROKEN_WAVES, int(recorded and bool(task.error)))
        wave = get_wave(task.execution_id, task.wave_number)
        if recorded:
            break
    else:
        raise StateConflict("The wave kept changing while it was being judged. Try again.")
    return _after_judgement(wave, task, call)


def await_operator_decision(task: TokenTask, call: CallContext) -> dict[str, Any]:
    """Stores the token until an operator decides on the failed wave. Answers at once if that has happened."""
    return await_wave_release(task, call)


def _begin_wave(execution: Execution, wave: WaveRun, call: CallContext) -> WaveRun:
    """Queues the wave if it may start. Returns the wave as it is afterwards."""
    waves = {other.wave_number: other for other in get_waves(execution.execution_id)} | {wave.wave_number: wave}
    now = call.now
    if decide_release(wave, waves, execution, now).kind is not ReleaseKind.START:
        return wave
    message = f"Wave {wave.wave_number} '{wave.name}' starts: {count_of(wave.server_count, 'server')}."
    queue_wave(
        execution.execution_id,
        wave.wave_number,
        new_event(execution.execution_id, now, EventKind.WAVE_STARTED, message, wave_number=wave.wave_number),
        ready_at=ready_since(wave, waves, execution),
        started_at=now,
        deadline_at=now + timedelta(minutes=wave.timeout_minutes),
    )
    return get_wave(execution.execution_id, wave.wave_number)


def _after_judgement(wave: WaveRun, task: CompleteWaveTask, call: CallContext) -> dict[str, str]:
    """Does what follows a judgement. Repeated calls do it again, since an earlier call may have died on the way."""
    if wave.step_count:
        close_open_steps(wave, timed_out=task.status == WaveState.TIMED_OUT, now=call.now)
    open_jobs = close_idle_servers(wave, call.now)
    release_waves(task.execution_id, call)
    if open_jobs and not task.error:
        return FOLLOW
    return DONE if wave.status.is_final else AWAIT_DECISION


def _child_state(
    execution: Execution, wave: WaveRun, jobs: Sequence[JobRun], job_status: WaveState, next_poll_seconds: int
) -> dict[str, Any]:
    """The state that the state machine passes on for one wave: ids and small values only.

    ``job_id`` and ``servers`` are those of the wave's first open job; all of them are in the records.
    """
    first = next((job for job in jobs if job.is_open and job.job_id), None)
    return {
        "execution_id": execution.execution_id,
        "plan_id": execution.plan_id,
        "current_wave_number": wave.wave_number,
        "attempt": wave.attempt,
        "job_id": first.job_id if first else "",
        "servers": list(first.server_ids) if first else [],
        "wave_status": {
            "job_status": job_status,
            "wave_completed": False,
            "next_poll_seconds": next_poll_seconds,
            "wakes": 0,
        },
    }
