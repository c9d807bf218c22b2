"""Looks for instances that earlier launches of servers left, in DRS, in EC2 and in our records. Writes nothing.

A place costs one call of DRS and one of EC2 for every 200 servers. Only where there are instances, their jobs are read
too (1,000 a call), those of the last day if DRS does not list an instance, and our records of what is unexplained then.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from ..aws.reads.estate.instances import find_tagged_instances
from ..aws.reads.estate.recovery_instances import describe_instances_of
from ..aws.reads.launches.jobs import describe_jobs, describe_jobs_since
from ..domain.estate.accounts import Place, TargetAccount
from ..domain.estate.quotas import JOB_MEMORY
from ..domain.estate.sightings import Ec2Sighting, InstanceSighting, JobSighting
from ..domain.runs.existing_instances import (
    NO_REPLACEMENTS,
    Existing,
    ExistingInstance,
    InstanceMode,
    Replacements,
    combine_sightings,
    explain_by_records,
    instances_to_replace,
    judge_existing,
    judge_unread,
)
from ..domain.runs.planned_servers import PlannedServer
from ..domain.runs.preflight import BUSY
from ..domain.runs.records import Mode, ServerRun
from ..side_by_side import each_place, map_bounded
from ..store.reads.runs.executions import find_execution, find_runs_of_server

_RUNS_OF_A_SERVER = 50
_READS_AT_ONCE = 4
"""At most for each place."""


def find_existing(
    servers: Mapping[Place, Sequence[str]], accounts: Mapping[str, TargetAccount], now: datetime
) -> Existing:
    """The instances of these source servers. If DRS or EC2 does not answer, the servers of that place are unread."""

    def look(place: Place) -> Sequence[ExistingInstance]:
        account, server_ids = accounts[place.account_id], servers[place]
        in_drs = describe_instances_of(account, place.region, server_ids)
        in_ec2 = find_tagged_instances(account, place.region, server_ids)
        return explain_sightings(account, place, in_drs, in_ec2, now)

    looks = each_place(servers, look, what="existing instances")
    found: dict[str, tuple[ExistingInstance, ...]] = {}
    for instance in (instance for seen in looks.found.values() for instance in seen):
        found[instance.source_server_id] = (*found.get(instance.source_server_id, ()), instance)
    unread = {server_id: reason for place, reason in looks.failures.items() for server_id in servers[place]}
    return Existing(found, unread)


def explain_sightings(
    account: TargetAccount,
    place: Place,
    in_drs: Sequence[InstanceSighting],
    in_ec2: Sequence[Ec2Sighting],
    now: datetime,
) -> Sequence[ExistingInstance]:
    """The instances of a place that DRS or EC2 shows, each with the mode and the execution of its launch.

    Raises CloudError and Unavailable.
    """
    job_ids = sorted({seen.job_id for seen in in_drs} - {""})
    jobs = describe_jobs(account, place.region, job_ids) if job_ids else {}
    if {seen.instance_id for seen in in_ec2} - {seen.instance_id for seen in in_drs}:
        jobs |= {job.job_id: job for job in describe_jobs_since(account, place.region, now - JOB_MEMORY)}
    return _explained(combine_sightings(place, in_drs, in_ec2, jobs), jobs)


def with_existing(
    servers: Sequence[PlannedServer], accounts: Mapping[str, TargetAccount], now: datetime
) -> tuple[list[PlannedServer], Existing]:
    """The servers, each with the instances that it has."""
    places: dict[Place, list[str]] = {}
    for server in servers:
        places.setdefault(server.place, []).append(server.source_server_id)
    existing = find_existing(places, accounts, now)
    shown = [
        msgspec.structs.replace(server, existing=existing.found.get(server.source_server_id, ())) for server in servers
    ]
    return shown, existing


def check_existing(
    servers: Sequence[PlannedServer],
    accounts: Mapping[str, TargetAccount],
    mode: Mode,
    now: datetime,
    replacements: Replacements = NO_REPLACEMENTS,
) -> list[PlannedServer]:
    """The servers with their instances, and with findings on what a launch in ``mode`` would end."""
    shown, existing = with_existing(servers, accounts, now)
    return [_judged(server, existing, mode, now, replacements) for server in shown]


def _judged(
    server: PlannedServer, existing: Existing, mode: Mode, now: datetime, replacements: Replacements
) -> PlannedServer:
    why = existing.unread.get(server.source_server_id)
    if why is not None:
        return server.with_findings([judge_unread(mode, why)])
    named = replacements.allow(server.source_server_id)
    replaces = instances_to_replace(server.existing, mode) if named else ()
    busy = any(finding.code == BUSY for finding in server.findings)
    findings = judge_existing(server.existing, mode, now=now, replaces=replaces, busy=busy)
    return msgspec.structs.replace(server.with_findings(findings), replaces=replaces)


def _explained(instances: Sequence[ExistingInstance], jobs: Mapping[str, JobSighting]) -> Sequence[ExistingInstance]:
    """The instances; those that DRS does not explain completely with what our records say of them."""
    unclear = [item for item in instances if item.mode is InstanceMode.UNKNOWN or item.job_id not in jobs]
    server_ids = sorted({item.source_server_id for item in unclear})
    read = map_bounded(lambda item: find_runs_of_server(item, _RUNS_OF_A_SERVER), server_ids, limit=_READS_AT_ONCE)
    runs: dict[str, list[ServerRun]] = dict(zip(server_ids, read, strict=True))
    wanted = {item.instance_id for item in unclear}
    made_by = {run.execution_id for here in read for run in here if run.recovery_instance_id in wanted}
    known = map_bounded(find_execution, sorted(made_by), limit=_READS_AT_ONCE)
    executions = {execution.execution_id: execution for execution in known if execution is not None}
    return [explain_by_records(item, runs.get(item.source_server_id, []), executions) for item in instances]
