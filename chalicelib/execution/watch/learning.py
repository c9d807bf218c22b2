"""Learns from the logs of DRS jobs that have ended how long launches take.

A job becomes due to be learnt from with the write that records its end. It is learnt from by the watchdog, so no run
waits for it. Safe to repeat and to run twice at once: what was learnt of a job before is replaced by the same.
"""

from collections.abc import Iterable, Mapping

from ...aws.reads.launches.jobs import read_log_moments
from ...domain.access.context import CallContext
from ...domain.errors import DomainError
from ...domain.estate.accounts import Place
from ...domain.estate.servers import SourceServer
from ...domain.launches.expected_times import LaunchTime
from ...domain.launches.learning import KeptTimes, can_learn, launch_times, lessons
from ...domain.runs.records import JobRun
from ...logs import logger
from ...settings import settings
from ...side_by_side import ask_each
from ...store.reads.estate.accounts import find_accounts
from ...store.reads.estate.inventory import find_servers
from ...store.reads.launches.launch_times import due_lessons, kept_times
from ...store.writes.launches.launch_times import close_lessons, keep_times

MAX_AT_ONCE = 50
"""How many jobs one round learns from."""

_LOGS_WITHIN_SECONDS = 20.0


def learn_launch_times(call: CallContext) -> int:
    """Learns from the jobs that are due. Returns from how many. Costs one query if there is none. Never raises.

    A job whose log cannot be read stays due for a quarter of an hour after its end.
    """
    try:
        return _learn(due_lessons(MAX_AT_ONCE), call)
    except Exception:  # noqa: BLE001 — the edge: expected times never fail the call that looks after executions
        logger.exception("launch times not learnt")
        return 0


def _learn(jobs: list[JobRun], call: CallContext) -> int:
    if not jobs:
        return 0
    accounts = find_accounts({job.account_id for job in jobs})

    def read(job: JobRun) -> dict[str, LaunchTime]:
        moments = read_log_moments(accounts[job.account_id], job.region, job.job_id)
        return launch_times(job.job_id, moments, settings().drs_pace)

    answers = ask_each(read, jobs, seconds=_LOGS_WITHIN_SECONDS)
    found = [(job, answer) for job, answer in zip(jobs, answers, strict=True) if not isinstance(answer, DomainError)]
    unread = [job for job, answer in zip(jobs, answers, strict=True) if isinstance(answer, DomainError)]
    servers = _inventory(found)
    taught = [lessons(job, launches, servers[job.place]) for job, launches in found]
    refused = _keep(lesson for each in taught for lesson in each.items())
    learnt = [job for (job, _), each in zip(found, taught, strict=True) if not refused & each.keys()]
    given_up = [job for job in unread if not can_learn(job, call.now)]
    if given_up:
        logger.warning("logs of jobs not read", extra={"job_ids": [job.job_id for job in given_up]})
    close_lessons([*learnt, *given_up])
    return len(learnt)


def _inventory(found: Iterable[tuple[JobRun, Mapping[str, LaunchTime]]]) -> dict[Place, dict[str, SourceServer]]:
    """The servers of these jobs that the inventory has, by place."""
    wanted: dict[Place, set[str]] = {}
    for job, launches in found:
        wanted.setdefault(job.place, set()).update(launches)
    return {place: find_servers(place, sorted(server_ids)) for place, server_ids in wanted.items()}


def _keep(taught: Iterable[tuple[tuple[str, str], list[LaunchTime]]]) -> set[tuple[str, str]]:
    """Keeps what was taught. Returns the keys of what another call has changed meanwhile."""
    new: dict[tuple[str, str], list[LaunchTime]] = {}
    for key, launches in taught:
        new.setdefault(key, []).extend(launches)
    known = kept_times(new)
    after = [known.get(key, KeptTimes(*key)).with_launches(launches) for key, launches in sorted(new.items())]
    return {times.key for times in keep_times([times for times in after if times != known.get(times.key)])}
