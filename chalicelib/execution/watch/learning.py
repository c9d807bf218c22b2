"""Learns from the logs of DRS jobs that have ended how long launches take.

A job becomes due to be learnt from with the write that records its end. It is learnt from by the watchdog, so no run
waits for it. Safe to repeat and to run twice at once: what was learnt of a job before is replaced by the same.
"""

from collections.abc import Mapping, Sequence

from ...aws.reads.launches.jobs import read_log_moments
from ...domain.access.context import CallContext
from ...domain.errors import DomainError
from ...domain.launches.expected_times import LaunchTime
from ...domain.launches.learning import KeptTimes, can_be_read_later, launch_times, lessons
from ...domain.runs.records import JobRun
from ...logs import logger
from ...settings import settings
from ...side_by_side import ask_each
from ...store.reads.estate.accounts import find_accounts
from ...store.reads.estate.inventory import find_servers
from ...store.reads.launches.launch_times import due_lessons, kept_times
from ...store.writes.launches.launch_times import close_lesson, keep_times

MAX_AT_ONCE = 50
"""How many jobs one round learns from."""

_LOGS_WITHIN_SECONDS = 15.0


def learn_launch_times(call: CallContext) -> int:
    """Learns from the jobs that are due and returns from how many. Costs one query if there is none. Never raises.

    A job whose log cannot be read stays due for a quarter of an hour after its end.
    """
    try:
        jobs = due_lessons(MAX_AT_ONCE)
        return sum(_learn_from(job, log, call) for job, log in zip(jobs, _logs_of(jobs), strict=True))
    except Exception:  # noqa: BLE001 — the edge: expected times never fail the call that looks after executions
        logger.exception("launch times not learnt")
        return 0


def _logs_of(jobs: Sequence[JobRun]) -> list[dict[str, LaunchTime] | DomainError]:
    """What the log of each job says of its servers' launches, or why it could not be read."""
    if not jobs:
        return []
    accounts = find_accounts({job.account_id for job in jobs})

    def read(job: JobRun) -> dict[str, LaunchTime]:
        moments = read_log_moments(accounts[job.account_id], job.region, job.job_id)
        return launch_times(job.job_id, moments, settings().drs_pace)

    return ask_each(read, jobs, seconds=_LOGS_WITHIN_SECONDS)


def _learn_from(job: JobRun, log: Mapping[str, LaunchTime] | DomainError, call: CallContext) -> bool:
    """Whether it was learnt from. Otherwise it stays due, unless its log could not be read for too long."""
    if isinstance(log, DomainError):
        if not can_be_read_later(job, call.now):
            logger.warning("log of a job not read", extra={"job_id": job.job_id, "reason": log.message})
            close_lesson(job)
        return False
    taught = lessons(job, log, find_servers(job.place, log))
    known = kept_times(taught)
    after = {key: known.get(key, KeptTimes(*key)).with_launches(launches) for key, launches in sorted(taught.items())}
    if not keep_times([times for key, times in after.items() if times != known.get(key)]):
        return False
    close_lesson(job)
    return True
