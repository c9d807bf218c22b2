"""Exactly-once launches: what to do with a claim whose job id is not known.

DRS takes no client token, so a launch is claimed in a table first, then asked for, then recorded. Whoever finds a claim
without a job id looks for the job in DRS and adopts it; it asks again only when it is certain that there is none.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from .executions import JobRun
from .progress import JobSighting

TAG_EXECUTION = "dr:execution-id"
TAG_WAVE = "dr:wave"
TAG_JOB_RUN = "dr:job-run"


class ClaimVerdict(StrEnum):
    """ADOPT the job found; WAIT, it may still appear; RELEASE the claim, there is certainly no job."""

    ADOPT = "ADOPT"
    WAIT = "WAIT"
    RELEASE = "RELEASE"


class ClaimDecision(msgspec.Struct, frozen=True):
    verdict: ClaimVerdict
    reason: str
    job: JobSighting | None = None


def job_tags(execution_id: str, wave_number: int, job_run: str) -> dict[str, str]:
    """The tags by which a job is recognised as ours."""
    return {TAG_EXECUTION: execution_id, TAG_WAVE: str(wave_number), TAG_JOB_RUN: job_run}


def decide_claim(
    claim: JobRun, recent_jobs: Sequence[JobSighting], *, now: datetime, settle: timedelta
) -> ClaimDecision:
    """Decides on a claim without a job id.

    ``recent_jobs`` are all jobs of the place created since shortly before the claim. The job is ours if its tags say
    so; if DRS lost the tags, it is ours if it works on exactly the claimed servers and carries no other run's tags.
    ``settle`` is how long after the claimer's end a request of its may still be on its way to DRS.
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
        if TAG_JOB_RUN not in job.tags and {seen.source_server_id for seen in job.servers} == wanted
    ]
    for job in tagged or untagged:
        return ClaimDecision(ClaimVerdict.ADOPT, f"DRS has job {job.job_id} for this claim; it is adopted.", job)
    certain_at = claim.claim_expires_at + settle
    if now < certain_at:
        return ClaimDecision(
            ClaimVerdict.WAIT, f"The launch request may still be on its way until {certain_at.isoformat()}."
        )
    return ClaimDecision(ClaimVerdict.RELEASE, "DRS has no job for it, and whoever was to ask is gone.")
