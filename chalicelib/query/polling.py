"""Looking at the DRS jobs of a wave: tells what has changed and writes nothing."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from ..aws.reads.drs import describe_jobs, find_recovery_instances, read_launch_errors
from ..domain.accounts import Place, TargetAccount
from ..domain.context import CallContext
from ..domain.errors import DomainError
from ..domain.executions import Execution, ExecutionStatus, JobRun, JobStatus, ServerRun, ServerStatus, WaveRun
from ..domain.pace import OpenJob, next_poll_seconds
from ..domain.progress import JobSighting, Observation, WaveState, WaveStatusData, observe
from ..domain.requests import PollWaveStatus
from ..logs import logger
from ..parallel import try_each
from ..settings import settings
from ..store.reads.accounts import find_accounts
from ..store.reads.executions import get_execution, get_wave, get_wave_jobs, get_wave_servers
from .step_polling import NO_STEPS, StepLook, look_at_steps


def poll_wave_status(request: PollWaveStatus, call: CallContext) -> WaveStatusData:
    """One look at a wave. Raises RecordNotFound for a wave that does not exist.

    A place that DRS does not answer for is a ``problem`` and not a failure: the look is repeated until the wave's own
    time limit. ``job_id`` and ``servers`` of the request name the first job; the records name all of them.
    """
    execution = get_execution(request.execution_id)
    wave = get_wave(request.execution_id, request.current_wave_number)
    if wave.status.is_final or execution.status.is_final:
        return WaveStatusData(WaveState.COMPLETED, True)
    servers = get_wave_servers(request.execution_id, wave.wave_number)
    jobs = get_wave_jobs(request.execution_id, wave.wave_number)
    sightings, problems = _look_at_jobs([job for job in jobs if job.status is JobStatus.STARTED], servers)
    seen = observe(servers, jobs, sightings, now=call.now, grace=settings().job_grace)
    idle = _idle(jobs, seen)
    steps = _look_at_steps(execution, wave, servers, seen, call.now) if wave.step_count else NO_STEPS
    over = (seen.complete and steps.over) or (idle and execution.status is ExecutionStatus.CANCELLING)
    paused = not over and execution.status is ExecutionStatus.PAUSED
    timed_out = not over and not paused and _time_is_up(wave, call.now)
    state = WaveState.IN_PROGRESS
    if over:
        state = WaveState.COMPLETED
    elif timed_out:
        state = WaveState.TIMED_OUT
    elif paused and idle:
        state = WaveState.PAUSED
    return WaveStatusData(
        job_status=state,
        wave_completed=state is not WaveState.IN_PROGRESS,
        next_poll_seconds=_next_poll(wave, servers, jobs, sightings, seen, call.now),
        step_changes=steps.changes,
        launched_count=seen.launched_count,
        failed_count=seen.failed_count,
        server_changes=seen.server_changes,
        job_changes=seen.job_changes,
        problems=problems + steps.problems,
    )


def _look_at_steps(
    execution: Execution, wave: WaveRun, servers: Sequence[ServerRun], seen: Observation, now: datetime
) -> StepLook:
    """What is only seen and not recorded yet may still start steps: then they are not over."""
    look = look_at_steps(execution, wave, servers, now)
    return msgspec.structs.replace(look, over=look.over and not seen.server_changes and not look.changes)


def _look_at_jobs(
    jobs: Sequence[JobRun], servers: Sequence[ServerRun]
) -> tuple[dict[str, JobSighting], tuple[str, ...]]:
    by_place: dict[Place, list[JobRun]] = {}
    for job in jobs:
        by_place.setdefault(job.place, []).append(job)
    accounts = find_accounts({place.account_id for place in by_place})
    open_ids = {run.source_server_id for run in servers if not run.status.is_final}

    def look(place: Place) -> dict[str, JobSighting]:
        account = accounts[place.account_id]
        found = describe_jobs(account, place.region, [job.job_id for job in by_place[place]])
        return {job_id: _complete(job, account, place, open_ids) for job_id, job in found.items()}

    sightings: dict[str, JobSighting] = {}
    problems: list[str] = []
    for place, result in zip(by_place, try_each(look, by_place), strict=True):
        if isinstance(result, DomainError):
            logger.warning("jobs not observed", extra={"place": str(place), "reason": result.message})
            problems.append(f"{place}: {result.message}")
        elif isinstance(result, Exception):
            raise result
        else:
            sightings |= result
    return sightings, tuple(problems)


def _complete(job: JobSighting, account: TargetAccount, place: Place, open_ids: set[str]) -> JobSighting:
    """Adds what DescribeJobs leaves out: instance ids that came late, and why servers failed."""
    news = [seen for seen in job.servers if seen.source_server_id in open_ids]
    nameless = [
        seen.source_server_id for seen in news if seen.launch_status == "LAUNCHED" and not seen.recovery_instance_id
    ]
    failed = [seen for seen in news if seen.launch_status == "FAILED"]
    instances = (
        find_recovery_instances(account, place.region, job.job_id, nameless) if nameless and job.has_ended else {}
    )
    errors = read_launch_errors(account, place.region, job.job_id) if failed else {}
    if not instances and not errors:
        return job
    servers = tuple(
        msgspec.structs.replace(
            seen,
            recovery_instance_id=seen.recovery_instance_id or instances.get(seen.source_server_id, ""),
            error=errors.get(seen.source_server_id, ""),
        )
        for seen in job.servers
    )
    return msgspec.structs.replace(job, servers=servers)


def _idle(jobs: Sequence[JobRun], seen: Observation) -> bool:
    """No job of the wave runs. A cancelled wave is over then; a paused one stops being looked at until it goes on."""
    ended = {(change.chunk, change.attempt) for change in seen.job_changes}
    return not any(job.is_open and (job.chunk, job.attempt) not in ended for job in jobs)


def _time_is_up(wave: WaveRun, now: datetime) -> bool:
    return wave.deadline_at is not None and now > wave.deadline_at


def _next_poll(
    wave: WaveRun,
    servers: Sequence[ServerRun],
    jobs: Sequence[JobRun],
    sightings: Mapping[str, JobSighting],
    seen: Observation,
    now: datetime,
) -> int:
    systems = {run.source_server_id: run.os for run in servers}
    ended = {change.source_server_id for change in seen.server_changes}
    ended |= {run.source_server_id for run in servers if run.status.is_final}
    closed = {(change.chunk, change.attempt) for change in seen.job_changes}
    opened = []
    for job in jobs:
        if job.is_open and (job.chunk, job.attempt) not in closed:
            started = job.job_started_at or job.claimed_at
            about_to_end = bool(ended & set(job.server_ids)) or (
                job.job_id in sightings and sightings[job.job_id].has_ended
            )
            opened.append(
                OpenJob(started, frozenset(systems[item] for item in job.server_ids if item in systems), about_to_end)
            )
    held = {server_id for job in jobs if job.is_open for server_id in job.server_ids}
    queued = any(run.status is ServerStatus.NOT_STARTED and run.source_server_id not in held for run in servers)
    return next_poll_seconds(
        opened,
        queued=queued,
        attempt=wave.attempt,
        pace=settings().drs_pace,
        attempt_began_at=wave.attempt_began_at or now,
        now=now,
    )
