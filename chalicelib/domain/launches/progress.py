"""What DRS shows of a wave: which servers and jobs have changed, and whether the wave is over."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from ..estate.sightings import JobSighting
from ..limits import that_fit
from ..runs.records import JobRun, JobStatus, ServerRun, ServerStatus
from ..steps.step_runs import StepChange

MAX_CHANGES = 300
"""The most changes in one poll. Step Functions allows 256 kB; the next poll, seconds later, has the rest."""

MAX_ERROR_CHARACTERS = 400
"""The most text on one server's failure; DRS has the whole log."""

MAX_CHANGES_BYTES = 150_000
"""The most bytes of the changes of servers in one poll. What does not fit is in the next one."""


class WaveState(StrEnum):
    """A wave as the state machine sees it, in ``job_status``.

    WAITING: it has not started, or no longer runs, and waits for its release. PAUSED: the same in mid-wave.
    """

    WAITING = "WAITING"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    TIMED_OUT = "TIMED_OUT"
    PAUSED = "PAUSED"


class ServerChange(msgspec.Struct, frozen=True, omit_defaults=True):
    """A server's new state, to be recorded."""

    source_server_id: str
    status: ServerStatus
    recovery_instance_id: str = ""
    job_id: str = ""
    error: str = ""
    ended_at: datetime | None = None
    hostname: str = ""


class JobChange(msgspec.Struct, frozen=True):
    """A job that has ended, with DRS's own times."""

    chunk: int
    attempt: int
    job_started_at: datetime | None
    job_ended_at: datetime | None


class WaveStatusData(msgspec.Struct, frozen=True):
    """One poll of a wave as the state machine passes it on: the answer of ``poll_wave_status``.

    ``problems`` are places that could not be read, with the reason; nothing is concluded about them. ``wakes`` is how
    often events had woken the wave when the poll began.
    """

    job_status: str = WaveState.IN_PROGRESS
    wave_completed: bool = False
    next_poll_seconds: int = 1
    launched_count: int | None = None
    failed_count: int | None = None
    server_changes: tuple[ServerChange, ...] = ()
    job_changes: tuple[JobChange, ...] = ()
    step_changes: tuple[StepChange, ...] = ()
    problems: tuple[str, ...] = ()
    wakes: int = 0


class Observation(msgspec.Struct, frozen=True):
    """One poll of a wave; ``complete``: every server is in a final state and no job is open."""

    server_changes: tuple[ServerChange, ...]
    job_changes: tuple[JobChange, ...]
    complete: bool
    launched_count: int
    failed_count: int


def observe(
    servers: Sequence[ServerRun],
    jobs: Sequence[JobRun],
    sightings: Mapping[str, JobSighting],
    *,
    now: datetime,
    grace: timedelta,
    most: int = MAX_CHANGES,
) -> Observation:
    """Compares what is recorded with what DRS shows.

    ``sightings`` are by job id; a job that could not be read is left out, and nothing is concluded about it.
    ``grace`` is how long after a job's end an unfinished server counts as a delay of DRS and not as a failure.
    ``most`` is the largest number of changes in one poll.
    """
    runs = {run.source_server_id: run for run in servers}
    changes: dict[str, ServerChange] = {}
    ended: list[JobChange] = []
    for job in jobs:
        seen = sightings.get(job.job_id) if job.status is JobStatus.STARTED else None
        if seen is None:
            continue
        patience_over = seen.has_ended and now - (seen.ended_at or now) > grace
        for server_id in job.server_ids:
            if server_id in runs and not runs[server_id].status.is_final:
                change = _change_of(server_id, seen, job.job_id, patience_over=patience_over)
                if change:
                    changes[server_id] = msgspec.structs.replace(change, hostname=runs[server_id].hostname)
        open_ids = [
            item for item in job.server_ids if item in runs and not runs[item].status.is_final and item not in changes
        ]
        if seen.has_ended and not open_ids:
            ended.append(JobChange(job.chunk, job.attempt, seen.started_at, seen.ended_at))
    return _bounded(servers, jobs, list(changes.values()), ended, most)


def _change_of(server_id: str, job: JobSighting, job_id: str, *, patience_over: bool) -> ServerChange | None:
    seen = job.server(server_id)
    status = seen.launch_status if seen else "MISSING"
    instance_id = seen.recovery_instance_id if seen else ""
    if status == "LAUNCHED" and instance_id:
        return ServerChange(server_id, ServerStatus.LAUNCHED, instance_id, job_id, ended_at=job.ended_at)
    if status in {"FAILED", "TERMINATED"}:
        error = (
            seen.error if seen else ""
        ) or f"DRS reports {status} without a reason. See the log of DRS job {job_id}."
        return ServerChange(
            server_id, ServerStatus.FAILED, instance_id, job_id, error[:MAX_ERROR_CHARACTERS], job.ended_at
        )
    if not patience_over:
        return None
    if status == "LAUNCHED":
        error = f"DRS job {job_id} reports the server as launched, but DRS shows no recovery instance of it."
    elif seen is None:
        error = f"DRS job {job_id} ended without a result for the server, and there is no recovery instance of it."
    else:
        error = f"DRS job {job_id} ended and left the server {status}. See the log of the job."
    return ServerChange(server_id, ServerStatus.FAILED, instance_id, job_id, error, job.ended_at)


def _bounded(
    servers: Sequence[ServerRun], jobs: Sequence[JobRun], changes: list[ServerChange], ended: list[JobChange], most: int
) -> Observation:
    """Cuts what does not fit into one poll; a job is closed only with the changes of all its servers."""
    kept = that_fit(changes[:most], MAX_CHANGES_BYTES)
    cut = len(kept) < len(changes)
    new_status = {change.source_server_id: change.status for change in kept}
    states = [new_status.get(run.source_server_id, run.status) for run in servers]
    closed = {(change.chunk, change.attempt) for change in ended} if not cut else set()
    still_open = [job for job in jobs if job.is_open and (job.chunk, job.attempt) not in closed]
    return Observation(
        server_changes=tuple(kept),
        job_changes=() if cut else tuple(ended),
        complete=all(state.is_final for state in states) and not still_open,
        launched_count=sum(state.has_launched for state in states),
        failed_count=sum(state is ServerStatus.FAILED for state in states),
    )
