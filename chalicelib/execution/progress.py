"""Recording what a look at DRS has shown, and launching more as quotas free up."""

from collections.abc import Sequence
from typing import Any

import msgspec

from ..domain.context import CallContext
from ..domain.errors import FieldProblem, InvalidRequest
from ..domain.executions import JobRun, ServerStatus, TimelineEvent
from ..domain.progress import JobChange, ServerChange, WaveState, WaveStatusData
from ..domain.requests import UpdateWaveTask
from ..store.reads.executions import get_execution, get_wave, get_wave_jobs
from ..store.writes.jobs import record_job_completed
from ..store.writes.servers import record_changes
from ..store.writes.waves import record_counts
from .events import EventKind, tell
from .launching import launch_waiting_servers
from .steps import drive_steps


def update_wave_completion_status(task: UpdateWaveTask, call: CallContext) -> dict[str, Any]:
    """Writes only what changed; a repeated or late update changes nothing. Raises RecordNotFound, InvalidRequest."""
    data = _wave_data(task.wave_data)
    execution = get_execution(task.execution_id)
    wave = get_wave(task.execution_id, task.wave_number)
    if wave.status.is_final:
        return {"recorded_servers": 0, "recorded_jobs": 0, "launched_jobs": 0}
    news = record_changes(
        task.execution_id, task.wave_number, data.server_changes, lambda changes: _told(task, changes, call)
    )
    ended = _record_ended_jobs(task, data.job_changes, call) if data.job_changes else []
    # Of changes that are no news too: whoever recorded them may have died before this.
    if data.server_changes and data.launched_count is not None and data.failed_count is not None:
        record_counts(task.execution_id, task.wave_number, launched=data.launched_count, failed=data.failed_count)
    over = data.wave_completed or task.status == WaveState.TIMED_OUT
    if not over and wave.step_count:
        # Launches wait for the pre-actions; what comes after the launches needs none.
        over = not drive_steps(execution, wave, call, data.step_changes)
    launched = 0 if over else launch_waiting_servers(execution, wave, call).started_jobs
    return {"recorded_servers": len(news), "recorded_jobs": len(ended), "launched_jobs": launched}


def _wave_data(raw: dict[str, object]) -> WaveStatusData:
    try:
        return msgspec.convert(raw, WaveStatusData)
    except msgspec.ValidationError as error:
        raise InvalidRequest([FieldProblem("waveData", str(error))]) from None


def _record_ended_jobs(task: UpdateWaveTask, changes: tuple[JobChange, ...], call: CallContext) -> list[JobRun]:
    def told(job: JobRun) -> TimelineEvent:
        return _line(task, EventKind.JOB_ENDED, f"DRS job {job.job_id} has ended.", call, jobId=job.job_id)

    jobs = {(job.chunk, job.attempt): job for job in get_wave_jobs(task.execution_id, task.wave_number)}
    known = [
        (jobs[change.chunk, change.attempt], change) for change in changes if (change.chunk, change.attempt) in jobs
    ]
    return [job for job, change in known if record_job_completed(job, change, [told(job)])]


def _told(task: UpdateWaveTask, news: Sequence[ServerChange], call: CallContext) -> list[TimelineEvent]:
    launched = [change for change in news if change.status is ServerStatus.LAUNCHED]
    failed = [change for change in news if change.status is ServerStatus.FAILED]
    message = f"{len(launched)} server(s) launched."
    events = [_line(task, EventKind.SERVERS_LAUNCHED, message, call)] if launched else []
    for change in failed:
        message = f"Server {change.hostname or change.source_server_id} failed. {change.error}"
        events.append(_line(task, EventKind.SERVER_FAILED, message, call, sourceServerId=change.source_server_id))
    return events


def _line(task: UpdateWaveTask, kind: EventKind, message: str, call: CallContext, **details: str) -> TimelineEvent:
    return tell(task.execution_id, call.now, kind, message, wave_number=task.wave_number, **details)
