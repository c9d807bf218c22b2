"""How long DRS takes, and when to poll again: rarely, and within seconds when it matters.

The typical figures are those of real drill jobs (about 52 s of preparation, 190 s of conversion, 290 s of launch for
Linux; Windows converts more slowly and boots for a quarter of an hour). ``pace`` is how many times faster than that DRS
works here: 1 in AWS, more on an emulator.
"""

import math
from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from ..estate.servers import OperatingSystem
from .records import JobRun, ServerRun

TYPICAL_JOB_SECONDS = {OperatingSystem.LINUX: 540.0, OperatingSystem.WINDOWS: 1_440.0}
TYPICAL_CONVERSION_SECONDS = {OperatingSystem.LINUX: 190.0, OperatingSystem.WINDOWS: 820.0}
FASTEST_JOB_SECONDS = {OperatingSystem.LINUX: 200.0, OperatingSystem.WINDOWS: 480.0}

NEAR_SECONDS = {OperatingSystem.LINUX: 3, OperatingSystem.WINDOWS: 5}
IMMINENT_SECONDS = 2
ENDING_SECONDS = 1
ENDING_FOR = timedelta(seconds=6)
"""How long a job is polled every second after the last of its servers has ended. DRS ends jobs within that time."""

FAR_SECONDS = 30
LATER_ATTEMPT_SECONDS = 5
QUEUE_SECONDS = 10
OVERDUE_SHARE = 0.04

PATIENT_AFTER_SECONDS = 2_000
PATIENT_SHARE = 1 / 100
"""An attempt older than that waits at least this share of its age. A Step Functions execution takes 25,000 events."""


class OpenJob(msgspec.Struct, frozen=True):
    """A job in progress, as polling needs it.

    ``servers_ended_at`` is when the last of its servers was seen to have ended; None while one has not.
    """

    started_at: datetime
    systems: frozenset[OperatingSystem]
    servers_ended_at: datetime | None


def expected_seconds(systems: Iterable[OperatingSystem], pace: float) -> float:
    """How long a job with such servers typically takes; 0 without servers."""
    return max((TYPICAL_JOB_SECONDS[system] for system in systems), default=0.0) / pace


def launch_seconds(run: ServerRun, pace: float) -> float:
    """How long the launch of a server is expected to take: as learnt when its execution started, else typically."""
    return expected_seconds([run.os], pace) if run.expected_seconds is None else run.expected_seconds


def next_poll_seconds(
    jobs: Sequence[OpenJob], *, queued: bool, attempt: int, pace: float, attempt_began_at: datetime, now: datetime
) -> int:
    """Whole seconds until the next poll of a wave's jobs, at least 1.

    A job ends some seconds after the last of its servers. The wait is long until the fastest job could have ended, and
    long after the expected end it grows with the age of the job. It also grows with the age of the attempt, so that
    days of polling fit into one Step Functions execution. Events of DRS end a wait earlier (``wakes``).
    """
    waits = [_wait_for(job, attempt=attempt, pace=pace, now=now) for job in jobs]
    if queued:
        waits.append(min(QUEUE_SECONDS, max(IMMINENT_SECONDS, expected_seconds([OperatingSystem.LINUX], pace) / 50)))
    age = (now - attempt_began_at).total_seconds()
    patience = age * PATIENT_SHARE if age > PATIENT_AFTER_SECONDS else 0.0
    return max(1, math.ceil(max(patience, min(waits, default=min(NEAR_SECONDS.values())))))


def open_jobs_of(
    jobs: Iterable[JobRun],
    servers: Iterable[ServerRun],
    *,
    now: datetime,
    ended_servers: Container[str] = (),
    ended_jobs: Mapping[str, datetime] = {},
) -> list[OpenJob]:
    """The open jobs, as polling needs them.

    ``ended_servers`` are the ids of those that were seen to have ended just now. ``ended_jobs`` is when the jobs that
    are still open in the records have ended in DRS, by job id.
    """
    runs = {run.source_server_id: run for run in servers}

    def ended_at(run: ServerRun) -> datetime | None:
        if run.source_server_id in ended_servers:
            return now
        return (run.changed_at or run.ended_at) if run.status.is_final else None

    open_jobs = []
    for job in jobs:
        mine = [runs[server_id] for server_id in job.server_ids if server_id in runs]
        if job.is_open:
            ends = [ended_at(run) for run in mine]
            last = max((end for end in ends if end), default=None) if all(ends) else None
            systems = frozenset(run.os for run in mine)
            open_jobs.append(OpenJob(job.job_started_at or job.claimed_at, systems, ended_jobs.get(job.job_id, last)))
    return open_jobs


def _wait_for(job: OpenJob, *, attempt: int, pace: float, now: datetime) -> float:
    age = (now - job.started_at).total_seconds()
    earliest = max((FASTEST_JOB_SECONDS[system] for system in job.systems), default=0.0) / pace
    near = max((NEAR_SECONDS[system] for system in job.systems), default=min(NEAR_SECONDS.values()))
    if attempt > 1:
        near = LATER_ATTEMPT_SECONDS
    if job.servers_ended_at is not None and now - job.servers_ended_at < ENDING_FOR:
        return ENDING_SECONDS
    overdue = age > 1.5 * expected_seconds(job.systems, pace)
    if overdue:
        return max(near, age * OVERDUE_SHARE)
    if age < earliest:
        return min(FAR_SECONDS, max(near, earliest - age))
    return near
