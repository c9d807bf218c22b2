"""Records what a look at DRS has shown and why servers wait, and launches more servers as quotas free up."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from ...domain.access.context import CallContext
from ...domain.errors import FieldProblem, InvalidRequest
from ...domain.launches.place_lines import without_time
from ...domain.launches.progress import WaveState, WaveStatusData
from ...domain.runs.events import EventKind
from ...domain.runs.records import WaveRun
from ...domain.text import count_of
from ...domain.typed_json import convert
from ...operations.tasks import UpdateWaveTask
from ...store.reads.runs.executions import get_execution, get_wave
from ...store.writes.runs.waves import record_waiting
from ..notices.events import new_event
from ..steps.steps import drive_steps
from .following import close_idle_servers, record_look
from .launching import launch_waiting_servers


def update_wave_completion_status(task: UpdateWaveTask, call: CallContext) -> dict[str, Any]:
    """Writes only what changed; a repeated or late update has no effect. Raises RecordNotFound, InvalidRequest.

    A wave that was judged launches nothing more, but the results of its open jobs are still recorded.
    """
    data = _wave_data(task.wave_data)
    execution = get_execution(task.execution_id)
    wave = get_wave(task.execution_id, task.wave_number)
    recorded = record_look(task.execution_id, task.wave_number, data.server_changes, data.job_changes, call)
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


def note_waiting(
    wave: WaveRun, queued: int, reasons: Mapping[str, str], call: CallContext, problems: Sequence[str] = ()
) -> None:
    """Records, if they changed, the ``reasons`` by place of ``queued`` servers, and the ``problems`` of looks."""
    found = dict(reasons)
    for problem in problems:
        place, _, reason = problem.partition(": ")
        found.setdefault(place, reason)
    found = dict(sorted(found.items()))
    if found == wave.waiting:
        return
    news = {
        place: reason
        for place, reason in found.items()
        if without_time(wave.waiting.get(place, "")) != without_time(reason)
    }
    lines = []
    if waits := sorted({reason for place, reason in news.items() if place in reasons}):
        lines.append(f"{count_of(queued, 'server')} of wave {wave.wave_number} queued: {'; '.join(waits)}")
    if unseen := [f"{place}: {reason}" for place, reason in news.items() if place not in reasons]:
        lines.append(f"Wave {wave.wave_number} cannot be followed at the moment. {'; '.join(unseen)}")
    events = [
        new_event(wave.execution_id, call.now, EventKind.SERVERS_QUEUED, line, wave_number=wave.wave_number)
        for line in lines
    ]
    record_waiting(wave, found, events)


def _wave_data(raw: dict[str, object]) -> WaveStatusData:
    try:
        return convert(raw, WaveStatusData)
    except msgspec.ValidationError as error:
        raise InvalidRequest([FieldProblem("waveData", str(error))]) from None
