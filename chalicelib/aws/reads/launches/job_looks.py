"""Reads launch jobs, with late instances, unlisted servers and reasons that DescribeJobs omits."""

from collections.abc import Callable, Container, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

import msgspec

from ....domain.afterwards.termination_requests import TerminationRequest
from ....domain.estate.accounts import Place, TargetAccount
from ....domain.estate.quotas import JOB_MEMORY
from ....domain.estate.sightings import JobSighting, ServerSighting
from ....domain.runs.records import JobRun
from ....side_by_side import Looks, each_place
from .jobs import LaunchLog, describe_jobs, find_recovery_instances, read_launch_log

R = TypeVar("R", JobRun, TerminationRequest)


class JobsLook(msgspec.Struct, frozen=True):
    """``sightings`` by job id. ``problems`` are places that could not be read; nothing is concluded about them."""

    sightings: dict[str, JobSighting]
    problems: tuple[str, ...] = ()


def look_at_jobs(
    jobs: Sequence[JobRun], accounts: Mapping[str, TargetAccount], open_ids: Container[str], now: datetime
) -> JobsLook:
    """Reads started jobs. ``open_ids`` are the servers whose result is not known yet.

    A job that DRS does not show counts as over a day after it was requested, because no job runs longer.
    """

    def complete(seen: JobSighting, job: JobRun) -> JobSighting:
        return _complete(seen, job, accounts[job.account_id], open_ids)

    looks = show_jobs(jobs, accounts, complete)
    sightings = {job.job_id: _forgotten(job) for job in jobs if now - job.claimed_at > JOB_MEMORY}
    for shown in looks.found.values():
        sightings |= shown
    return JobsLook(sightings, looks.problems)


def show_jobs(
    jobs: Sequence[R],
    accounts: Mapping[str, TargetAccount],
    complete: Callable[[JobSighting, R], JobSighting] = lambda seen, _: seen,
) -> Looks[dict[str, JobSighting]]:
    """What DRS shows of jobs at each of their places, by job id, each made ``complete``; unknown jobs are missing."""
    by_place: dict[Place, list[R]] = {}
    for job in jobs:
        by_place.setdefault(job.place, []).append(job)

    def look(place: Place) -> dict[str, JobSighting]:
        here = by_place[place]
        found = describe_jobs(accounts[place.account_id], place.region, [job.job_id for job in here])
        return {job.job_id: complete(found[job.job_id], job) for job in here if job.job_id in found}

    return each_place(by_place, look, what="jobs")


def _forgotten(job: JobRun) -> JobSighting:
    return JobSighting(job.job_id, "COMPLETED", job.job_started_at, job.claimed_at, ())


def _complete(seen: JobSighting, job: JobRun, account: TargetAccount, open_ids: Container[str]) -> JobSighting:
    listed = {server.source_server_id: server for server in seen.servers}
    wanted = [server_id for server_id in job.server_ids if server_id in open_ids]
    failed = [server_id for server_id in wanted if server_id in listed and listed[server_id].launch_status == "FAILED"]
    nameless = [
        server_id
        for server_id in wanted
        if server_id not in failed and not (server_id in listed and listed[server_id].recovery_instance_id)
    ]
    instances = (
        find_recovery_instances(account, job.region, job.job_id, nameless) if seen.has_ended and nameless else {}
    )
    unseen = [server_id for server_id in nameless if server_id not in instances] if seen.has_ended else []
    log = read_launch_log(account, job.region, job.job_id) if failed or unseen else LaunchLog({}, {})
    # DRS no longer shows an instance that a later launch of its server has ended; the log still names it.
    instances |= {server_id: log.instances[server_id] for server_id in unseen if server_id in log.instances}
    for server_id in failed:
        listed[server_id] = msgspec.structs.replace(listed[server_id], error=log.errors.get(server_id, ""))
    for server_id, instance_id in instances.items():
        listed[server_id] = ServerSighting(server_id, "LAUNCHED", instance_id)
    return msgspec.structs.replace(seen, servers=tuple(listed.values()))
