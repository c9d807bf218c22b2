"""Collects what a run has left in the emulated DRS, in EC2 and in the lease table, without the product."""

import json
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from chalicelib.domain.launches.claims import TAG_EXECUTION
from chalicelib.domain.runs.records import ServerRun
from local.demo.failback import Homecoming, gather_homecomings

if TYPE_CHECKING:
    from local.cloud import LocalCloud

_TIMEOUT_SECONDS = 30
_LEASES_GO_WITHIN_SECONDS = 10.0
_SOURCE_SERVER_TAG = "AWSElasticDisasterRecoverySourceServerID"
_JOB_TAG = "AWSElasticDisasterRecoveryJobID"
_EXISTING_STATES = ["pending", "running", "stopping", "stopped"]


@dataclass(frozen=True, kw_only=True)
class LaunchJob:
    """A launch job as DRS records it, with the execution in its tags."""

    job_id: str
    execution_id: str
    created_at: datetime
    server_ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What was found. `instances`: how many are in EC2, by execution and source server. `leases`: holders by key.

    `homecomings`: by source server, of servers that should have been failed back.
    """

    jobs: tuple[LaunchJob, ...]
    instances: Mapping[str, Counter[str]]
    leases: Mapping[str, str]
    crashes_to_come: int
    homecomings: Mapping[str, Homecoming] = field(default_factory=dict)

    def launches(self, execution_id: str) -> Counter[str]:
        """How often DRS launched each source server for an execution."""
        return Counter(server for job in self.jobs if job.execution_id == execution_id for server in job.server_ids)

    def instances_of(self, execution_id: str) -> Counter[str]:
        """How many instances of an execution each source server has."""
        return self.instances.get(execution_id, Counter())


def gather_at_rest(cloud: "LocalCloud", failed_back: Sequence[ServerRun] = ()) -> Evidence:
    """Collects the evidence when no lease is held any more, at the latest after some seconds.

    `failed_back` are the servers that should be at home.

    The wait is needed because the end of an execution is recorded before its leases are released.
    """
    until = time.monotonic() + _LEASES_GO_WITHIN_SECONDS
    while (leases := _leases(cloud)) and time.monotonic() < until:
        time.sleep(0.2)
    return Evidence(
        jobs=tuple(launch_jobs(cloud)),
        instances=_instances(cloud),
        leases=leases,
        crashes_to_come=len(cloud.runtime.crashes.pending),
        homecomings=gather_homecomings(cloud, failed_back),
    )


def launch_jobs(cloud: "LocalCloud") -> Iterator[LaunchJob]:
    """Every launch job that DRS got."""
    # The admin endpoint, because faults injected into DRS's operations must not affect this request.
    url = f"{cloud.endpoint}/_emulator/jobs"
    with urllib.request.urlopen(url, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310 — our own loopback URL
        jobs: list[dict[str, Any]] = json.load(answer)["jobs"]
    for job in jobs:
        if job["type"] == "LAUNCH":
            yield LaunchJob(
                job_id=job["jobID"],
                execution_id=job["tags"].get(TAG_EXECUTION, ""),
                created_at=datetime.fromisoformat(job["creationDateTime"]),
                server_ids=tuple(entry["sourceServerID"] for entry in job["participatingServers"]),
            )


def count_instances(cloud: "LocalCloud", execution_id: str) -> int:
    """How many instances of an execution exist in EC2."""
    return sum(_instances(cloud).get(execution_id, Counter()).values())


def _instances(cloud: "LocalCloud") -> dict[str, Counter[str]]:
    """How many instances exist in EC2, by execution and source server."""
    found: dict[str, Counter[str]] = {}
    executions = {job.job_id: job.execution_id for job in launch_jobs(cloud)}
    filters = [
        {"Name": "instance-state-name", "Values": _EXISTING_STATES},
        {"Name": "tag-key", "Values": [_SOURCE_SERVER_TAG]},
    ]
    for account in cloud.world.accounts:
        for region in account.regions:
            pages = cloud.client("ec2", account=account.account_id, region=region).get_paginator("describe_instances")
            for page in pages.paginate(Filters=filters):
                for instance in (item for reservation in page["Reservations"] for item in reservation["Instances"]):
                    tags = {tag["Key"]: tag["Value"] for tag in instance["Tags"]}
                    execution_id = executions.get(tags[_JOB_TAG], "")
                    found.setdefault(execution_id, Counter())[tags[_SOURCE_SERVER_TAG]] += 1
    return found


def _leases(cloud: "LocalCloud") -> dict[str, str]:
    table = f"{cloud.project.app_name}-server-leases-{cloud.stage}"
    pages = cloud.client("dynamodb").get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    return {item["lease"]["S"]: item["execution_id"]["S"] for page in pages for item in page["Items"]}
