"""Launching: packs waiting servers into DRS jobs and asks for each job exactly once.

Write the claim, ask DRS, record the answer. A claim whose answer is unknown is settled by looking for its job in DRS;
nobody asks again before it is certain that there is none.
"""

import threading
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from ..aws.actions.drs import start_recovery
from ..aws.reads.drs import describe_jobs_since
from ..domain.accounts import Place, TargetAccount
from ..domain.claims import ClaimVerdict, decide_claim, job_tags
from ..domain.context import CallContext
from ..domain.errors import DomainError
from ..domain.executions import (
    Execution,
    ExecutionStatus,
    JobRun,
    JobStatus,
    Mode,
    ServerRun,
    ServerStatus,
    TimelineEvent,
    WaveRun,
    WaveStatus,
)
from ..domain.launches import LaunchResult, RefusalKind, is_final_refusal, limit_jobs
from ..domain.pace import OpenJob, next_poll_seconds
from ..domain.packing import pack
from ..domain.progress import JobSighting
from ..domain.quotas import Load, load_of
from ..logs import logger
from ..parallel import map_bounded, try_each
from ..settings import settings
from ..store.reads.accounts import find_accounts
from ..store.reads.executions import get_execution, get_wave_jobs, get_wave_servers
from ..store.writes.jobs import claim_job, record_job_refused, record_job_started, record_job_uncertain
from ..store.writes.servers import close_servers, mark_launching
from ..store.writes.waves import mark_executing
from .events import EventKind, tell

JOB_MEMORY = timedelta(hours=24)
"""No DRS job runs longer than a day."""

CLOCK_SKEW = timedelta(minutes=2)
"""How far our clock and that of DRS may be apart when a job is looked for by time."""

_STOPS_A_PLACE = {RefusalKind.THROTTLED, RefusalKind.QUOTA, RefusalKind.UNREACHABLE, RefusalKind.DENIED}


class LaunchSummary(msgspec.Struct, frozen=True):
    """What one round came to; ``queued`` are servers that wait, with the reason."""

    started_jobs: int
    queued: dict[str, str]
    next_poll_seconds: int


def launch_waiting_servers(execution: Execution, wave: WaveRun, call: CallContext) -> LaunchSummary:
    """Launches every server of the wave that waits, as far as quotas and other jobs allow.

    Two callers at once cannot launch a server twice: claims are numbered, and each number is given once. An execution
    that is paused or being cancelled launches nothing, but still settles what it had asked for.
    """
    if wave.status.is_final:
        return LaunchSummary(0, {}, 1)
    jobs = get_wave_jobs(wave.execution_id, wave.wave_number)
    servers = get_wave_servers(wave.execution_id, wave.wave_number)
    accounts = find_accounts({run.account_id for run in servers})
    jobs = settle_jobs(jobs, accounts, call.now)
    _tell_unanswered(jobs, call.now)
    _repair_servers(jobs, servers)
    takes_launches = execution.status is ExecutionStatus.IN_PROGRESS
    waiting = _waiting_by_place(jobs, servers, wave.attempt) if takes_launches else {}
    loads = _observe_loads(list(waiting), accounts, call.now)
    packing = pack(waiting, loads, limit_jobs(jobs))
    points = {run.source_server_id: run.recovery_point_id for run in servers if run.recovery_point_id}
    round_ = _Round(execution, wave, accounts, points, _next_chunk(jobs, wave.attempt), call)
    by_place: dict[Place, list[tuple[str, ...]]] = {}
    for place, chunk in packing.jobs:
        by_place.setdefault(place, []).append(chunk)
    started = map_bounded(lambda item: round_.launch_all(*item), by_place.items(), limit=8)
    has_jobs = any(started) or any(job.status is JobStatus.STARTED for job in jobs)
    if has_jobs and wave.status is WaveStatus.QUEUED:
        mark_executing(wave.execution_id, wave.wave_number)
    if packing.jobs:
        jobs = get_wave_jobs(wave.execution_id, wave.wave_number)
    later = [job for job in jobs if job.is_open]
    return LaunchSummary(
        sum(started),
        packing.queued,
        _next_poll(later, servers, wave, queued=bool(packing.queued), now=call.now),
    )


class _Round:
    """One round of launches of a wave: numbers the claims and asks DRS."""

    def __init__(
        self,
        execution: Execution,
        wave: WaveRun,
        accounts: Mapping[str, TargetAccount],
        points: Mapping[str, str],
        first_chunk: int,
        call: CallContext,
    ) -> None:
        self._execution = execution
        self._wave = wave
        self._accounts = accounts
        self._points = points
        self._call = call
        self._chunk = first_chunk
        self._lock = threading.Lock()
        self._overtaken = False

    def launch_all(self, place: Place, chunks: Sequence[tuple[str, ...]]) -> int:
        """Launches the jobs of one place one by one; stops when DRS takes no more. Returns how many it took.

        Each job may take seconds: a pause or a cancellation in between holds for those that follow.
        """
        started = 0
        for chunk in chunks:
            if started and not self._goes_on():
                break
            claim = self._claim(place, chunk)
            if claim is None:
                break
            result = self._ask(claim)
            started += result.job is not None
            if result.refusal in _STOPS_A_PLACE:
                break
        return started

    def _goes_on(self) -> bool:
        return get_execution(self._wave.execution_id).status is ExecutionStatus.IN_PROGRESS

    def _claim(self, place: Place, server_ids: tuple[str, ...]) -> JobRun | None:
        """The next number of the wave; None once somebody else launches this wave too, who then has the lead."""
        with self._lock:
            if self._overtaken:
                return None
            now = self._call.now
            claim = JobRun(
                execution_id=self._wave.execution_id,
                wave_number=self._wave.wave_number,
                chunk=self._chunk,
                attempt=self._wave.attempt,
                account_id=place.account_id,
                region=place.region,
                status=JobStatus.CLAIMED,
                server_ids=server_ids,
                claimed_at=now,
                claim_expires_at=now + settings().claim_life,
            )
            self._overtaken = not claim_job(claim)
            self._chunk += 1
            return None if self._overtaken else claim

    def _ask(self, claim: JobRun) -> LaunchResult:
        result = start_recovery(
            self._accounts[claim.account_id],
            claim.region,
            claim.server_ids,
            is_drill=self._execution.mode is Mode.DRILL,
            tags=job_tags(claim.execution_id, claim.wave_number, claim.key),
            send_before=claim.claimed_at + settings().claim_window,
            points=self._points,
        )
        _record(claim, result, self._accounts, self._call.now)
        return result


def _record(claim: JobRun, result: LaunchResult, accounts: Mapping[str, TargetAccount], now: datetime) -> None:
    if result.job is not None:
        _record_started(claim, result.job, EventKind.JOB_STARTED, "DRS took", now)
    elif result.refusal is not None:
        _record_refused(claim, result.refusal, result.reason, now)
    else:
        count = len(claim.server_ids)
        unknown = f"Nobody knows yet whether DRS took the launch of {count} server(s)"
        message = f"{unknown}: {result.reason} It is being looked up."
        record_job_uncertain(claim, [_event(claim, EventKind.JOB_UNCERTAIN, message, now)])
        _settle(claim, accounts, now)


def _record_started(claim: JobRun, job: JobSighting, kind: EventKind, verb: str, now: datetime) -> None:
    message = f"{verb} job {job.job_id} in {claim.place}: {len(claim.server_ids)} server(s)."
    event = _event(claim, kind, message, now, jobId=job.job_id)
    if record_job_started(claim, job.job_id, job.started_at, [event]):
        mark_launching(claim, claim.server_ids, job.job_id, job.started_at or now)


def _record_refused(claim: JobRun, kind: RefusalKind, reason: str, now: datetime) -> None:
    final = is_final_refusal(kind, len(claim.server_ids))
    follow = "They have failed." if final else "They stay queued."
    what = f"{len(claim.server_ids)} server(s) in {claim.place}"
    # DRS refuses nothing that it was never asked for.
    told = f"The launch of {what} never reached DRS" if kind is RefusalKind.GONE else f"DRS refused to launch {what}"
    message = f"{told}: {reason.removesuffix('.')}. {follow}"
    event = _event(claim, EventKind.JOB_REFUSED, message, now, refusal=kind.value)
    if record_job_refused(claim, kind, reason, [event]) and final:
        servers = get_wave_servers(claim.execution_id, claim.wave_number)
        lost = [run for run in servers if run.source_server_id in claim.server_ids]
        close_servers(lost, ServerStatus.FAILED, f"DRS refused the launch: {reason}", now)


def _tell_unanswered(jobs: Sequence[JobRun], now: datetime) -> None:
    """A line, once, on each launch whose asker has died, or has no answer yet."""
    for claim in jobs:
        if claim.status is not JobStatus.CLAIMED or claim.uncertain:
            continue
        certain_at = claim.claim_expires_at + settings().claim_settle
        message = (
            f"Nobody knows yet whether DRS took the launch of {len(claim.server_ids)} server(s) in {claim.place}: "
            f"whoever was to ask has told nothing. It is being looked up; without a job in DRS it is asked for again "
            f"after {certain_at:%H:%M:%S} UTC."
        )
        record_job_uncertain(claim, [_event(claim, EventKind.JOB_UNCERTAIN, message, now)])


def settle_jobs(jobs: Sequence[JobRun], accounts: Mapping[str, TargetAccount], now: datetime) -> list[JobRun]:
    """The jobs with every claim settled of which that is certain by now; for runs that have ended too."""
    return [_settle(job, accounts, now) for job in jobs]


def _settle(job: JobRun, accounts: Mapping[str, TargetAccount], now: datetime) -> JobRun:
    """A claim without a known job is adopted or released if that is certain by now; everything else stays as it is."""
    if job.status is not JobStatus.CLAIMED:
        return job
    try:
        recent = describe_jobs_since(accounts[job.account_id], job.region, job.claimed_at - CLOCK_SKEW)
    except DomainError as error:
        logger.warning("claim not settled", extra={"job_run": job.key, "reason": error.message})
        return job
    decision = decide_claim(job, recent, now=now, settle=settings().claim_settle)
    if decision.verdict is ClaimVerdict.ADOPT and decision.job is not None:
        _record_started(job, decision.job, EventKind.JOB_ADOPTED, "The lost answer is found: DRS has", now)
        return msgspec.structs.replace(job, status=JobStatus.STARTED, job_id=decision.job.job_id)
    if decision.verdict is ClaimVerdict.RELEASE:
        _record_refused(job, RefusalKind.GONE, decision.reason, now)
        return msgspec.structs.replace(job, status=JobStatus.REFUSED, refusal_kind=RefusalKind.GONE.value)
    return job


def _repair_servers(jobs: Sequence[JobRun], servers: Sequence[ServerRun]) -> None:
    """Marks servers of a started job that a crash has left unmarked."""
    unmarked = {run.source_server_id for run in servers if run.status is ServerStatus.NOT_STARTED}
    for job in jobs:
        lost = unmarked.intersection(job.server_ids) if job.status is JobStatus.STARTED else set()
        if lost:
            mark_launching(job, sorted(lost), job.job_id, job.job_started_at or job.claimed_at)


def _waiting_by_place(jobs: Sequence[JobRun], servers: Sequence[ServerRun], attempt: int) -> dict[Place, list[str]]:
    held = {
        server_id
        for job in jobs
        if job.attempt == attempt and job.status is not JobStatus.REFUSED
        for server_id in job.server_ids
    }
    waiting: dict[Place, list[str]] = {}
    for run in servers:
        if run.status is ServerStatus.NOT_STARTED and run.source_server_id not in held:
            waiting.setdefault(run.place, []).append(run.source_server_id)
    return waiting


def _observe_loads(places: Sequence[Place], accounts: Mapping[str, TargetAccount], now: datetime) -> dict[Place, Load]:
    """How busy DRS is at each place; places that do not answer are left out, and take nothing for now."""

    def look(place: Place) -> Load:
        return load_of(describe_jobs_since(accounts[place.account_id], place.region, now - JOB_MEMORY))

    loads: dict[Place, Load] = {}
    for place, seen in zip(places, try_each(look, places), strict=True):
        if isinstance(seen, DomainError):
            logger.warning("DRS jobs not observed", extra={"place": str(place), "reason": seen.message})
        elif isinstance(seen, Exception):
            raise seen
        else:
            loads[place] = seen
    return loads


def _next_chunk(jobs: Sequence[JobRun], attempt: int) -> int:
    return max((job.chunk for job in jobs if job.attempt == attempt), default=-1) + 1


def _next_poll(
    jobs: Sequence[JobRun], servers: Sequence[ServerRun], wave: WaveRun, *, queued: bool, now: datetime
) -> int:
    systems = {run.source_server_id: run.os for run in servers}
    opened = [
        OpenJob(job.job_started_at or job.claimed_at, frozenset(systems[item] for item in job.server_ids), False)
        for job in jobs
    ]
    return next_poll_seconds(
        opened,
        queued=queued,
        attempt=wave.attempt,
        pace=settings().drs_pace,
        attempt_began_at=wave.attempt_began_at or now,
        now=now,
    )


def _event(claim: JobRun, kind: EventKind, message: str, now: datetime, **details: str) -> TimelineEvent:
    return tell(claim.execution_id, now, kind, message, wave_number=claim.wave_number, jobRun=claim.key, **details)
