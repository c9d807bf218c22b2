"""Records what a look at DRS has shown, and launches more servers as quotas free up."""

from typing import Any

import msgspec

from ...domain.access.context import CallContext
from ...domain.errors import FieldProblem, InvalidRequest
from ...domain.launches.progress import WaveState, WaveStatusData
from ...operations.tasks import UpdateWaveTask
from ...store.reads.runs.executions import get_execution, get_wave
from ..steps.steps import drive_steps
from .following import close_idle_servers, record_look, recount
from .launching import launch_waiting_servers
from .waiting import note_waiting


def update_wave_completion_status(task: UpdateWaveTask, call: CallContext) -> dict[str, Any]:
    """Writes only what changed; a repeated or late update has no effect. Raises RecordNotFound, InvalidRequest.

    A wave that was judged launches nothing more, but the results of its open jobs are still recorded.
    """
    data = _wave_data(task.wave_data)
    execution = get_execution(task.execution_id)
    wave = get_wave(task.execution_id, task.wave_number)
    recorded = record_look(task.execution_id, task.wave_number, data.server_changes, data.job_changes, call)
    # Also if all changes were known: the call that recorded them may have died before this.
    if data.server_changes:
        recount(execution, wave)
    over = data.wave_completed or task.status == WaveState.TIMED_OUT
    if not over and wave.step_count and wave.status.is_running:
        # Launches wait for the pre-actions; what comes after the launches needs none.
        over = not drive_steps(execution, wave, call, data.step_changes)
    launched = 0
    if not over:
        summary = launch_waiting_servers(execution, wave, call)
        launched = summary.started_jobs
        note_waiting(wave, summary.queued, summary.waiting, call, data.problems)
    elif task.status == WaveState.COMPLETED:
        note_waiting(wave, 0, {}, call)
    if wave.status.is_over:
        close_idle_servers(wave, call.now)
    return {"recorded_servers": recorded.servers, "recorded_jobs": recorded.jobs, "launched_jobs": launched}


def _wave_data(raw: dict[str, object]) -> WaveStatusData:
    try:
        return msgspec.convert(raw, WaveStatusData)
    except msgspec.ValidationError as error:
        raise InvalidRequest([FieldProblem("waveData", str(error))]) from None
