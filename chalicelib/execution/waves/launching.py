"""Packs waiting servers into DRS jobs and requests each job exactly once.

For each job: look for instances that it must not end, write the claim, send the request, record the answer. The write
of a claim is conditional on the current state of the execution and the wave, because what was read before a slow look
at DRS may be out of date.
"""

import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime

import msgspec

from ...aws.actions.launches.recoveries import check_launch_access, start_recovery
from ...aws.reads.launches.jobs import describe_jobs_since
from ...domain.access.context import CallContext
from ...domain.attempts import STOPS_A_PLACE, Attempt
from ...domain.errors import DomainError
from ...domain.estate.accounts import Place, TargetAccount
from ...domain.estate.quotas import JOB_MEMORY, Load, load_of
from ...domain.estate.sightings import JobSighting
from ...domain.launches.claims import job_tags
from ...domain.launches.packing import limit_jobs, pack, waiting_reasons
from ...domain.runs.pace import next_poll_seconds, open_jobs_of
from ...domain.runs.records import (
    Execution,
    ExecutionStatus,
    JobRun,
    JobStatus,
    Mode,
    ServerRun,
    ServerStatus,
    WaveRun,
    WaveStatus,
)
from ...settings import settings
from ...side_by_side import Looks, ask_each, each_place
from ...store.reads.estate.accounts import find_accounts
from ...store.reads.runs.executions import get_execution, get_wave_jobs, get_wave_servers
from ...store.writes.launches.jobs import claim_launch
from ...store.writes.runs.servers import mark_launching
from ...store.writes.runs.waves import mark_executing
from .counting import note_counts
from .launch_guard import LaunchGuard
from .place_queue import PlaceQueue, leave_place_lines
from .settling import record_answer, settle_jobs


class LaunchSummary(msgspec.Struct, frozen=True):
    """The result of one round of launches. ``waiting`` is why ``queued`` servers wait, by account and Region."""

    started_jobs: int
    queued: int
    waiting: dict[str, str]
    next_poll_seconds: int


def launch_waiting_servers(execution: Execution, wave: WaveRun, call: CallContext) -> LaunchSummary:
    """Launches the waiting servers of the wave, as far as quotas and other jobs allow.

    Two calls at once cannot launch a server twice, because claims are numbered and each number is given only once.
    Nothing is launched if the wave has been judged or the execution is paused or being cancelled; requests that were
    sent before are still settled.
    """
    jobs = get_wave_jobs(wave.execution_id, wave.wave_number)
    servers = get_wave_servers(wave.execution_id, wave.wave_number)
    accounts = find_accounts({run.account_id for run in servers})
    note_counts(wave, servers)
    jobs = settle_jobs(execution.mode, jobs, accounts, call)
    _repair_servers(jobs, servers)
    launches = execution.status is ExecutionStatus.IN_PROGRESS and wave.status.is_running
    waiting = _waiting_by_place(jobs, servers, wave.attempt) if launches else {}
    loads = _observe_loads(list(waiting), accounts, call.now)
    queue = PlaceQueue(execution, wave, waiting, loads.found, limit_jobs(jobs), call)
    packing = pack(queue.lines, loads.found, queue.others, loads.failures)
    round_ = _Round(execution, wave, accounts, servers, jobs, call)
    by_place: dict[Place, list[tuple[str, ...]]] = {}
    for place, chunk in packing.jobs:
        by_place.setdefault(place, []).append(chunk)
    answers = ask_each(lambda item: round_.launch_all(*item), by_place.items())
    started = sum(answer for answer in answers if not isinstance(answer, DomainError))
    has_jobs = started or any(job.status is JobStatus.STARTED for job in jobs)
    if has_jobs and wave.status is WaveStatus.QUEUED:
        mark_executing(wave.execution_id, wave.wave_number)
    if packing.jobs:
        jobs = get_wave_jobs(wave.execution_id, wave.wave_number)
    next_poll = next_poll_seconds(
        open_jobs_of(jobs, servers, now=call.now),
        queued=bool(packing.queued or round_.waits),
        attempt=wave.attempt,
        pace=settings().drs_pace,
        attempt_began_at=wave.attempt_began_at or call.now,
        now=call.now,
    )
    queue.keep(packing.left, next_poll)
    if gone := {run.place for run in servers if str(run.place) in wave.waiting} - waiting.keys():
        leave_place_lines(wave, gone)
    reasons = waiting_reasons(queue.lines, packing.queued)
    for place, answer in zip(by_place, answers, strict=True):
        if isinstance(answer, DomainError):
            reasons[str(place)] = answer.message
    return LaunchSummary(started, len(packing.queued), reasons, next_poll)


class _Round:
    """One round of launches of a wave: numbers the claims and sends the requests."""

    def __init__(
        self,
        execution: Execution,
        wave: WaveRun,
        accounts: Mapping[str, TargetAccount],
        servers: Sequence[ServerRun],
        jobs: Sequence[JobRun],
        call: CallContext,
    ) -> None:
        self._execution = execution
        self._wave = wave
        self._accounts = accounts
        self._points = {run.source_server_id: run.recovery_point_id for run in servers if run.recovery_point_id}
        self._guard = LaunchGuard(execution, wave, servers, jobs, accounts, call)
        self._call = call
        self._chunk = _next_chunk(jobs, wave.attempt)
        self._lock = threading.Lock()
        self._has_stopped = False

    @property
    def waits(self) -> bool:
        """Whether servers wait because it could not be checked what their launch would end."""
        return self._guard.waits

    def launch_all(self, place: Place, chunks: Sequence[tuple[str, ...]]) -> int:
        """Launches the jobs of one place one by one until DRS takes no more. Returns how many it took."""
        started = 0
        with suppress(DomainError):
            # Assuming a role may take longer than a claim is valid, so it comes first. The request reports a failure.
            check_launch_access(self._accounts[place.account_id], place.region)
        for chunk in chunks:
            cleared = self._guard.clear(place, chunk)
            if not cleared.server_ids:
                continue
            claim = self._claim(place, cleared.server_ids)
            if claim is None:
                break
            answer = self._ask(claim, cleared.send_before)
            started += answer.result is not None
            if answer.refusal in STOPS_A_PLACE:
                break
        return started

    def _may_send(self) -> bool:
        return get_execution(self._wave.execution_id).status is ExecutionStatus.IN_PROGRESS

    def _claim(self, place: Place, server_ids: tuple[str, ...]) -> JobRun | None:
        """Claims the next number of the wave. None if another call launches it, or nothing may be launched."""
        with self._lock:
            if self._has_stopped:
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
            self._has_stopped = not claim_launch(claim)
            self._chunk += 1
            return None if self._has_stopped else claim

    def _ask(self, claim: JobRun, send_before: datetime) -> Attempt[JobSighting]:
        answer = start_recovery(
            self._accounts[claim.account_id],
            claim.region,
            claim.server_ids,
            is_drill=self._execution.mode is Mode.DRILL,
            tags=job_tags(claim.execution_id, claim.wave_number, claim.key),
            send_before=min(claim.claimed_at + settings().claim_window, send_before),
            points=self._points,
            goes_on=self._may_send,
        )
        record_answer(self._execution.mode, claim, answer, self._accounts, self._call)
        return answer


def _repair_servers(jobs: Sequence[JobRun], servers: Sequence[ServerRun]) -> None:
    """Marks servers of started jobs as launching where a crash prevented it."""
    unmarked = {run.source_server_id for run in servers if run.status is ServerStatus.NOT_STARTED}
    for job in jobs:
        lost = unmarked.intersection(job.server_ids) if job.status is JobStatus.STARTED else set()
        if lost:
            mark_launching(job, sorted(lost), job.job_id, job.job_started_at or job.claimed_at)


def _waiting_by_place(
    jobs: Sequence[JobRun], servers: Sequence[ServerRun], attempt: int
) -> dict[Place, list[ServerRun]]:
    held = {
        server_id
        for job in jobs
        if job.is_open or (job.attempt == attempt and job.status is not JobStatus.REFUSED)
        for server_id in job.server_ids
    }
    waiting: dict[Place, list[ServerRun]] = {}
    for run in servers:
        if run.status is ServerStatus.NOT_STARTED and run.source_server_id not in held:
            waiting.setdefault(run.place, []).append(run)
    return waiting


def _observe_loads(places: Sequence[Place], accounts: Mapping[str, TargetAccount], now: datetime) -> Looks[Load]:
    """How busy DRS is at each place. Nothing is launched for now at a place that does not answer."""

    def look(place: Place) -> Load:
        return load_of(describe_jobs_since(accounts[place.account_id], place.region, now - JOB_MEMORY))

    return each_place(places, look, what="DRS jobs")


def _next_chunk(jobs: Sequence[JobRun], attempt: int) -> int:
    return max((job.chunk for job in jobs if job.attempt == attempt), default=-1) + 1
