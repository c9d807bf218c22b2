"""Settles launch requests: records the answer of DRS, or looks for the job if there was no answer.

Nothing is requested again before it is certain that DRS has no job for the first request.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from ...aws.reads.launches.jobs import describe_jobs_since
from ...domain.access.context import CallContext
from ...domain.attempts import Attempt, RefusalKind
from ...domain.estate.accounts import Place, TargetAccount
from ...domain.estate.sightings import JobSighting
from ...domain.launches.claims import ClaimVerdict, decide_claim, is_final_refusal
from ...domain.runs.events import EventKind
from ...domain.runs.records import JobRun, JobStatus, Mode, ServerStatus, TimelineEvent
from ...domain.text import count_of
from ...settings import settings
from ...side_by_side import each_place
from ...store.reads.runs.executions import get_wave_servers
from ...store.writes.launches.jobs import record_job_refused, record_job_started, record_job_uncertain
from ...store.writes.runs.servers import close_servers, mark_launching
from ..notices.events import new_event

CLOCK_SKEW = timedelta(minutes=2)
"""How far our clock and that of DRS may be apart when a job is looked for by its tags."""


def record_answer(
    mode: Mode, claim: JobRun, answer: Attempt[JobSighting], accounts: Mapping[str, TargetAccount], call: CallContext
) -> None:
    """Records the answer of DRS to a launch request. If the answer was lost, looks for the job at once."""
    if answer.result is not None:
        _record_started(claim, answer.result, EventKind.JOB_STARTED, "DRS took", call.now)
    elif answer.refusal is not None:
        _record_refused(claim, answer.refusal, answer.reason, call.now)
    else:
        _record_uncertain(claim, answer.reason, call.now)
        _settle(mode, claim, _recent_jobs([claim], accounts), call)


def settle_jobs(
    mode: Mode, jobs: Sequence[JobRun], accounts: Mapping[str, TargetAccount], call: CallContext
) -> list[JobRun]:
    """The jobs, with each claim settled whose outcome is certain now. The others are reported as uncertain, once.

    ``mode`` is that of the execution. Where DRS does not answer, nothing is settled.
    """
    recent = _recent_jobs([job for job in jobs if job.status is JobStatus.CLAIMED], accounts)
    settled = [_settle(mode, job, recent, call) for job in jobs]
    for claim in settled:
        if claim.status is JobStatus.CLAIMED and not claim.uncertain:
            _record_uncertain(claim, "The function that sent it has not recorded an answer.", call.now)
    return settled


def _recent_jobs(
    claims: Sequence[JobRun], accounts: Mapping[str, TargetAccount]
) -> Mapping[Place, Sequence[JobSighting]]:
    """The jobs of DRS since shortly before the first of the claims, at each place that answers."""
    since: dict[Place, datetime] = {}
    for claim in claims:
        since[claim.place] = min(claim.claimed_at - CLOCK_SKEW, since.get(claim.place, claim.claimed_at))

    def look(place: Place) -> Sequence[JobSighting]:
        return describe_jobs_since(accounts[place.account_id], place.region, since[place])

    return each_place(since, look, what="jobs of claims").found


def _settle(mode: Mode, job: JobRun, recent: Mapping[Place, Sequence[JobSighting]], call: CallContext) -> JobRun:
    """Adopts the job of an unanswered claim, or releases the claim if it is certain that there is no job."""
    if job.status is not JobStatus.CLAIMED or job.place not in recent:
        return job
    now = call.now
    decision = decide_claim(job, mode, recent[job.place], now=now, settle=settings().claim_settle)
    if decision.verdict is ClaimVerdict.ADOPT and decision.job is not None:
        _record_started(job, decision.job, EventKind.JOB_ADOPTED, "The answer of DRS was lost, but DRS has", now)
        return msgspec.structs.replace(job, status=JobStatus.STARTED, job_id=decision.job.job_id)
    if decision.verdict is ClaimVerdict.RELEASE:
        _record_refused(job, RefusalKind.GONE, decision.reason, now)
        return msgspec.structs.replace(job, status=JobStatus.REFUSED, refusal_kind=RefusalKind.GONE.value)
    return job


def _record_started(claim: JobRun, job: JobSighting, kind: EventKind, verb: str, now: datetime) -> None:
    message = f"{verb} job {job.job_id} in {claim.place}: {_servers(claim)}."
    event = _event(claim, kind, message, now, jobId=job.job_id)
    if record_job_started(claim, job.job_id, job.started_at, [event]):
        mark_launching(claim, claim.server_ids, job.job_id, job.started_at or now)


def _record_refused(claim: JobRun, kind: RefusalKind, reason: str, now: datetime) -> None:
    final = is_final_refusal(kind, len(claim.server_ids))
    follow = "They have failed." if final else "They stay queued."
    what = f"{_servers(claim)} in {claim.place}"
    # DRS has not refused a request that never reached it.
    text = f"The launch of {what} never reached DRS" if kind is RefusalKind.GONE else f"DRS refused to launch {what}"
    message = f"{text}: {reason.removesuffix('.')}. {follow}"
    event = _event(claim, EventKind.JOB_REFUSED, message, now, refusal=kind.value)
    if record_job_refused(claim, kind, reason, [event]) and final:
        servers = get_wave_servers(claim.execution_id, claim.wave_number)
        lost = [run for run in servers if run.source_server_id in claim.server_ids]
        close_servers(lost, ServerStatus.FAILED, f"DRS in {claim.place} refused the launch: {reason}", now)


def _record_uncertain(claim: JobRun, reason: str, now: datetime) -> None:
    certain_at = claim.claim_expires_at + settings().claim_settle
    message = (
        f"The launch of {_servers(claim)} in {claim.place} was requested but not confirmed. {reason} "
        f"We are checking DRS for a matching job; if there is none by {certain_at:%H:%M:%S} UTC, the launch is "
        "requested again. Do not launch these servers by hand."
    )
    record_job_uncertain(claim, [_event(claim, EventKind.JOB_UNCERTAIN, message, now)])


def _servers(claim: JobRun) -> str:
    return count_of(len(claim.server_ids), "server")


def _event(claim: JobRun, kind: EventKind, message: str, now: datetime, **details: str) -> TimelineEvent:
    return new_event(claim.execution_id, now, kind, message, wave_number=claim.wave_number, jobRun=claim.key, **details)
