"""Polls the DRS jobs of a wave. Returns what has changed and writes nothing."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from ..aws.reads.launches.job_looks import JobsLook, look_at_jobs
from ..domain.access.context import CallContext
from ..domain.estate.sightings import JobSighting
from ..domain.launches.progress import Observation, WaveState, WaveStatusData, observe
from ..domain.limits import that_fit
from ..domain.runs.pace import next_poll_seconds, open_jobs_of
from ..domain.runs.records import (
    Execution,
    ExecutionStatus,
    JobRun,
    JobStatus,
    ServerRun,
    ServerStatus,
    WaveRun,
    is_time_up,
)
from ..operations.tasks import PollWaveStatus
from ..settings import settings
from ..store.reads.estate.accounts import find_accounts
from ..store.reads.runs.executions import get_execution, get_wave_and_wakes, get_wave_jobs, get_wave_servers
from .step_polling import NO_STEPS, StepLook, look_at_steps

MAX_PROBLEMS_BYTES = 20_000
"""The most bytes of the problems in one poll; with the changes they stay below the 256 kB of Step Functions."""


def poll_wave_status(request: PollWaveStatus, call: CallContext) -> WaveStatusData:
    """Polls a wave once. Raises RecordNotFound for a wave that does not exist.

    A place in which DRS does not answer is a ``problem`` and not a failure, because the state machine polls again until
    the wave's time limit. ``job_id`` and ``servers`` of the request name the first job; the records name all jobs.
    """
    execution = get_execution(request.execution_id)
    # Read before DRS is asked: an event that comes while it answers is then newer than this poll.
    wave, wakes = get_wave_and_wakes(request.execution_id, request.current_wave_number)
    if wave.status.is_before_start:
        return WaveStatusData(WaveState.WAITING, True)
    servers = get_wave_servers(request.execution_id, wave.wave_number)
    jobs = get_wave_jobs(request.execution_id, wave.wave_number)
    look = _look_at_jobs([job for job in jobs if job.status is JobStatus.STARTED], servers, call.now)
    seen = observe(servers, jobs, look.sightings, now=call.now, grace=settings().job_grace)
    idle = _idle(jobs, seen)
    steps = NO_STEPS
    if wave.step_count and not wave.status.is_over:
        steps = _look_at_steps(execution, wave, servers, seen, call.now)
    state = _state_of(execution, wave, idle=idle, complete=seen.complete and steps.over, now=call.now)
    return WaveStatusData(
        job_status=state,
        wave_completed=state is not WaveState.IN_PROGRESS,
        next_poll_seconds=_next_poll(wave, servers, jobs, look.sightings, seen, call.now),
        step_changes=steps.changes,
        launched_count=seen.launched_count,
        failed_count=seen.failed_count,
        server_changes=seen.server_changes,
        job_changes=seen.job_changes,
        problems=tuple(that_fit(look.problems + steps.problems, MAX_PROBLEMS_BYTES)),
        wakes=wakes,
    )


def _state_of(execution: Execution, wave: WaveRun, *, idle: bool, complete: bool, now: datetime) -> WaveState:
    """The state for the state machine, which polls a wave that is over until it has no open job."""
    if wave.status.is_over:
        return WaveState.COMPLETED if idle else WaveState.IN_PROGRESS
    if complete or (idle and execution.status is ExecutionStatus.CANCELLING):
        return WaveState.COMPLETED
    if execution.status is ExecutionStatus.PAUSED:
        return WaveState.PAUSED if idle else WaveState.IN_PROGRESS
    return WaveState.TIMED_OUT if is_time_up(wave, now) else WaveState.IN_PROGRESS


def _look_at_jobs(jobs: Sequence[JobRun], servers: Sequence[ServerRun], now: datetime) -> JobsLook:
    open_ids = {run.source_server_id for run in servers if not run.status.is_final}
    return look_at_jobs(jobs, find_accounts({job.account_id for job in jobs}), open_ids, now)


def _look_at_steps(
    execution: Execution, wave: WaveRun, servers: Sequence[ServerRun], seen: Observation, now: datetime
) -> StepLook:
    """Polls the steps. They are not over while changes are unrecorded, because those may start steps."""
    look = look_at_steps(execution, wave, servers, now)
    return msgspec.structs.replace(look, over=look.over and not seen.server_changes and not look.changes)


def _idle(jobs: Sequence[JobRun], seen: Observation) -> bool:
    """Whether no job of the wave runs. A cancelled wave is then over; a paused one is not polled until it resumes."""
    ended = {(change.chunk, change.attempt) for change in seen.job_changes}
    return not any(job.is_open and (job.chunk, job.attempt) not in ended for job in jobs)


def _next_poll(
    wave: WaveRun,
    servers: Sequence[ServerRun],
    jobs: Sequence[JobRun],
    sightings: Mapping[str, JobSighting],
    seen: Observation,
    now: datetime,
) -> int:
    closed = {(change.chunk, change.attempt) for change in seen.job_changes}
    left = [job for job in jobs if job.is_open and (job.chunk, job.attempt) not in closed]
    held = {server_id for job in jobs if job.is_open for server_id in job.server_ids}
    queued = any(run.status is ServerStatus.NOT_STARTED and run.source_server_id not in held for run in servers)
    return next_poll_seconds(
        open_jobs_of(
            left,
            servers,
            now=now,
            ended_servers={change.source_server_id for change in seen.server_changes},
            ended_jobs={job_id: job.ended_at or now for job_id, job in sightings.items() if job.has_ended},
        ),
        queued=queued and wave.status.is_running,
        attempt=wave.attempt,
        pace=settings().drs_pace,
        attempt_began_at=wave.attempt_began_at or now,
        now=now,
    )
