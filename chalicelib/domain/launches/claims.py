"""Exactly-once launches: what to do with a launch request that DRS refused or may have received.

DRS takes no client token, so a launch is first claimed in a table, then requested, then recorded. A call that finds a
claim without a job id looks for the job in DRS and adopts it. It releases the claim, so that the launch is requested
again, only when there is certainly no job.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from ..attempts import RefusalKind
from ..estate.sightings import JobSighting
from ..runs.records import JobRun, Mode, ServerRun
from ..text import format_moment

TAG_EXECUTION = "dr:execution-id"
TAG_WAVE = "dr:wave"
TAG_JOB_RUN = "dr:job-run"


class ClaimVerdict(StrEnum):
    """ADOPT the job that was found; WAIT, it may still appear; RELEASE the claim, there is no job."""

    ADOPT = "ADOPT"
    WAIT = "WAIT"
    RELEASE = "RELEASE"


class ClaimDecision(msgspec.Struct, frozen=True):
    verdict: ClaimVerdict
    reason: str
    job: JobSighting | None = None


def job_tags(execution_id: str, wave_number: int, job_run: str) -> dict[str, str]:
    """The tags that identify a job as ours."""
    return {TAG_EXECUTION: execution_id, TAG_WAVE: str(wave_number), TAG_JOB_RUN: job_run}


def decide_claim(
    claim: JobRun, mode: Mode, recent_jobs: Sequence[JobSighting], *, now: datetime, settle: timedelta
) -> ClaimDecision:
    """Decides what to do with a claim that has no job id and was made by an execution in ``mode``.

    ``recent_jobs`` are all jobs of the place created since shortly before the claim. A job is ours if its tags say so.
    A job without our tags is ours only if it was started in the same mode, after the claim, for exactly the claimed
    servers. So a job that was started from the console a minute earlier is not ours.
    ``settle`` is how long after the claim expires its request may still reach DRS.
    """
    tagged = [
        job
        for job in recent_jobs
        if job.tags.get(TAG_JOB_RUN) == claim.key and job.tags.get(TAG_EXECUTION) == claim.execution_id
    ]
    wanted = set(claim.server_ids)
    untagged = [
        job
        for job in recent_jobs
        if TAG_JOB_RUN not in job.tags
        and job.initiated_by == f"START_{mode}"
        and job.started_at is not None
        and job.started_at >= claim.claimed_at
        and {seen.source_server_id for seen in job.servers} == wanted
    ]
    for job in tagged or untagged:
        return ClaimDecision(
            ClaimVerdict.ADOPT,
            f"DRS job {job.job_id} was found for this launch request; the execution continues with it.",
            job,
        )
    certain_at = claim.claim_expires_at + settle
    if now < certain_at:
        return ClaimDecision(
            ClaimVerdict.WAIT, f"The launch request may still reach DRS until {format_moment(certain_at)}."
        )
    return ClaimDecision(
        ClaimVerdict.RELEASE, "DRS has no job for the launch request, and the function that made it has ended."
    )


def is_final_refusal(kind: RefusalKind, server_count: int) -> bool:
    """Whether a repeated request would be refused too: DRS denies it, or rejects its only server."""
    return kind is RefusalKind.DENIED or (kind is RefusalKind.INVALID and server_count == 1)


def last_words(
    servers: Iterable[ServerRun], jobs: Iterable[JobRun], *, attempt: int, waiting: Mapping[str, str]
) -> dict[str, str]:
    """Why servers were not launched in an attempt, by server: DRS's last refusal, and why they waited in the end."""
    refused = sorted((job for job in jobs if job.attempt == attempt and job.refusal), key=lambda job: job.claimed_at)
    refusals = {server_id: job for job in refused for server_id in job.server_ids}
    words: dict[str, str] = {}
    for run in servers:
        job, reason = refusals.get(run.source_server_id), waiting.get(str(run.place), "")
        said = f"Last refusal in {job.place}: {job.refusal.removesuffix('.')}." if job else ""
        waited = f"Waited at the end in {run.place}: {reason}" if reason else ""
        if said or waited:
            words[run.source_server_id] = " ".join(part for part in (said, waited) if part)
    return words


def common_word(words: Mapping[str, str]) -> str:
    """What all servers have in common of their last words, or where to look for them."""
    different = set(words.values())
    if len(different) > 1:
        return "The reasons are with the servers."
    return next(iter(different), "")


def idle_servers(servers: Sequence[ServerRun], jobs: Iterable[JobRun]) -> list[ServerRun]:
    """The servers that are not in a final state and not in an open launch request."""
    held = {server_id for job in jobs if job.is_open for server_id in job.server_ids}
    return [run for run in servers if not run.status.is_final and run.source_server_id not in held]
