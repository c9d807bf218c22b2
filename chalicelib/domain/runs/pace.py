"""How long DRS takes, and when to poll again: rarely, and within seconds when it matters.

The typical figures are those of real drill jobs (about 52 s of preparation, 190 s of conversion, 290 s of launch for
Linux; Windows converts more slowly and boots for a quarter of an hour). ``pace`` is how many times faster than that DRS
works here: 1 in AWS, more on an emulator.
"""

import math
from collections.abc import Container, Iterable, Sequence
from datetime import datetime

import msgspec

from ..estate.servers import OperatingSystem
from .records import JobRun, ServerRun

TYPICAL_JOB_SECONDS = {OperatingSystem.LINUX: 540.0, OperatingSystem.WINDOWS: 1_440.0}
FASTEST_JOB_SECONDS = {OperatingSystem.LINUX: 200.0, OperatingSystem.WINDOWS: 480.0}

NEAR_SECONDS = 3
IMMINENT_SECONDS = 2
FAR_SECONDS = 30
LATER_ATTEMPT_SECONDS = 5
QUEUE_SECONDS = 10
OVERDUE_SHARE = 0.025

PATIENT_AFTER_SECONDS = 2_400
PATIENT_SHARE = 1 / 120
"""An attempt older than that waits at least this share of its age. A Step Functions execution takes 25,000 events."""


class OpenJob(msgspec.Struct, frozen=True):
    """A job in progress, as polling needs it. ``has_ended_servers``: some of its servers have ended."""

    started_at: datetime
    systems: frozenset[OperatingSystem]
    has_ended_servers: bool


def expected_seconds(systems: Iterable[OperatingSystem], pace: float) -> float:
    """How long a job with such servers typically takes; 0 without servers."""
    return max((TYPICAL_JOB_SECONDS[system] for system in systems), default=0.0) / pace


def next_poll_seconds(
    jobs: Sequence[OpenJob], *, queued: bool, attempt: int, pace: float, attempt_began_at: datetime, now: datetime
) -> int:
    """Whole seconds until the next poll of a wave's jobs, at least 1.

    The servers of a job end at almost the same time, so one ended server means that the job is about to end. The wait
    is long until the fastest job could have ended, and long after the expected end it grows with the age of the job.
    It also grows with the age of the attempt, so that days of polling fit into one Step Functions execution.
    """
    waits = [_wait_for(job, attempt=attempt, pace=pace, now=now) for job in jobs]
    if queued:
        waits.append(min(QUEUE_SECONDS, max(IMMINENT_SECONDS, expected_seconds([OperatingSystem.LINUX], pace) / 50)))
    age = (now - attempt_began_at).total_seconds()
    patience = age * PATIENT_SHARE if age > PATIENT_AFTER_SECONDS else 0.0
    return max(1, math.ceil(max(patience, min(waits, default=NEAR_SECONDS))))


def open_jobs_of(
    jobs: Iterable[JobRun],
    servers: Iterable[ServerRun],
    *,
    ended_servers: Container[str] = (),
    ended_jobs: Container[str] = (),
) -> list[OpenJob]:
    """The open jobs, as polling needs them; ``ended_…`` are the ids of what has ended in DRS."""
    systems = {run.source_server_id: run.os for run in servers}
    return [
        OpenJob(
            job.job_started_at or job.claimed_at,
            frozenset(systems[item] for item in job.server_ids if item in systems),
            job.job_id in ended_jobs or any(item in ended_servers for item in job.server_ids),
        )
        for job in jobs
        if job.is_open
    ]


def _wait_for(job: OpenJob, *, attempt: int, pace: float, now: datetime) -> float:
    age = (now - job.started_at).total_seconds()
    earliest = max((FASTEST_JOB_SECONDS[system] for system in job.systems), default=0.0) / pace
    near = NEAR_SECONDS if attempt == 1 else LATER_ATTEMPT_SECONDS
    overdue = age > 1.5 * expected_seconds(job.systems, pace)
    if overdue:
        return max(near, age * OVERDUE_SHARE)
    if job.has_ended_servers:
        return IMMINENT_SECONDS
    if age < earliest:
        return min(FAR_SECONDS, max(near, earliest - age))
    return near
