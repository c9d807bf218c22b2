"""One look at launch jobs, with what DescribeJobs leaves out: late instances, unlisted servers, reasons of failures."""

from collections.abc import Container, Mapping, Sequence
from datetime import datetime

import msgspec

from ...domain.accounts import Place, TargetAccount
from ...domain.errors import DomainError
from ...domain.executions import JobRun
from ...domain.progress import JobSighting, ServerSighting
from ...domain.quotas import JOB_MEMORY
from ...logs import logger
from ...side_by_side import try_each
from .drs import describe_jobs, find_recovery_instances, read_launch_errors


class JobsLook(msgspec.Struct, frozen=True):
    """``sightings`` by job id. ``problems`` are places that could not be looked at; nothing is concluded of them."""

    sightings: dict[str, JobSighting]
    problems: tuple[str, ...] = ()


def look_at_jobs(
    jobs: Sequence[JobRun], accounts: Mapping[str, TargetAccount], open_ids: Container[str], now: datetime
) -> JobsLook:
    """Looks at started jobs. ``open_ids`` are the servers of which something is still to be learnt.

    A job that DRS does not show is taken as over once no job can run any more, a day after it was requested.
    """
    by_place: dict[Place, list[JobRun]] = {}
    for job in jobs:
        by_place.setdefault(job.place, []).append(job)

    def look(place: Place) -> dict[str, JobSighting]:
        account = accounts[place.account_id]
        found = describe_jobs(account, place.region, [job.job_id for job in by_place[place]])
        return {
            job.job_id: _complete(found[job.job_id], job, account, open_ids)
            for job in by_place[place]
            if job.job_id in found
        }

    sightings = {job.job_id: _forgotten(job) for job in jobs if now - job.claimed_at > JOB_MEMORY}
    problems: list[str] = []
    for place, result in zip(by_place, try_each(look, by_place), strict=True):
        if isinstance(result, DomainError):
            logger.warning("jobs not observed", extra={"place": str(place), "reason": result.message})
            problems.append(f"{place}: {result.message}")
        elif isinstance(result, Exception):
            raise result
        else:
            sightings |= result
    return JobsLook(sightings, tuple(problems))


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
    ask = nameless and seen.has_ended
    instances = find_recovery_instances(account, job.region, job.job_id, nameless) if ask else {}
    errors = read_launch_errors(account, job.region, job.job_id) if failed else {}
    for server_id, instance_id in instances.items():
        listed[server_id] = ServerSighting(server_id, "LAUNCHED", instance_id)
    for server_id, error in errors.items():
        if server_id in listed:
            listed[server_id] = msgspec.structs.replace(listed[server_id], error=error)
    return msgspec.structs.replace(seen, servers=tuple(listed.values()))
