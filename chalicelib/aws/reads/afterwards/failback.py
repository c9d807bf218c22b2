"""Reads what DRS shows of a failback: recovery instances, and the source servers at both ends.

Nothing here changes anything. Errors of AWS are raised as CloudError or Unavailable, with account and Region.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from ....domain.afterwards.failback_sightings import FailbackInstance, FailbackSource, LastLaunch, Replicated
from ....domain.estate.accounts import Place, TargetAccount
from ...asking import translated
from ...sessions import Access, client

_IDS_PER_FILTER = 200


def describe_instances(
    account: TargetAccount, region: str, *, instance_ids: Sequence[str], server_ids: Sequence[str]
) -> list[FailbackInstance]:
    """The recovery instances with these ids or of these source servers, without duplicates."""
    filters = _filters("recoveryInstanceIDs", instance_ids) + _filters("sourceServerIDs", server_ids)
    items = _pages(account, region, "describe_recovery_instances", filters)
    return list({item["recoveryInstanceID"]: _instance(item) for item in items}.values())


def describe_ends(account: TargetAccount, region: str, server_ids: Sequence[str]) -> dict[str, FailbackSource]:
    """The source servers with these ids that exist in the Region, by id."""
    items = _pages(account, region, "describe_source_servers", _filters("sourceServerIDs", server_ids))
    return {item["sourceServerID"]: _server(item, Place(account.account_id, region)) for item in items}


def find_servers_fed_by(account: TargetAccount, region: str, instance_ids: Sequence[str]) -> list[FailbackSource]:
    """The source servers to which these EC2 instances replicate. Costs one call for each instance."""
    filters = [{"hardwareId": instance_id} for instance_id in instance_ids]
    items = _pages(account, region, "describe_source_servers", filters)
    return [_server(item, Place(account.account_id, region)) for item in items]


def _filters(name: str, ids: Sequence[str]) -> list[dict[str, list[str]]]:
    unique = list(dict.fromkeys(ids))
    return [{name: unique[start : start + _IDS_PER_FILTER]} for start in range(0, len(unique), _IDS_PER_FILTER)]


def _pages(
    account: TargetAccount, region: str, operation: str, filters: Sequence[Mapping[str, Any]]
) -> Iterator[dict[str, Any]]:
    place = Place(account.account_id, region)
    with translated(place):
        pages = client("drs", place, account, Access.READ).get_paginator(operation)
        for chosen in filters:
            for page in pages.paginate(filters=chosen):
                yield from page.get("items", [])


def _instance(item: Mapping[str, Any]) -> FailbackInstance:
    hints, failback = (
        item.get("recoveryInstanceProperties", {}).get("identificationHints", {}),
        item.get("failback", {}),
    )
    return FailbackInstance(
        instance_id=item["recoveryInstanceID"],
        source_server_id=item.get("sourceServerID", ""),
        hostname=hints.get("hostname", ""),
        instance_state=item.get("ec2InstanceState", ""),
        job_id=item.get("jobID") or "",
        from_ec2=item.get("originEnvironment") == "AWS",
        failback_state=failback.get("state", "FAILBACK_NOT_STARTED"),
        failback_job_id=failback.get("failbackJobID") or "",
        failback_began_at=_at(failback.get("failbackInitiationTime")),
        replication=_replicated(item.get("dataReplicationInfo", {})),
    )


def _server(item: Mapping[str, Any], place: Place) -> FailbackSource:
    cloud, hints = (
        item.get("sourceCloudProperties", {}),
        item.get("sourceProperties", {}).get("identificationHints", {}),
    )
    last = item.get("lifeCycle", {}).get("lastLaunch", {})
    initiated = last.get("initiated", {})
    return FailbackSource(
        source_server_id=item["sourceServerID"],
        origin=Place(cloud.get("originAccountID") or place.account_id, cloud.get("originRegion", "")),
        direction=item.get("replicationDirection") or "FAILOVER",
        reversed_arn=item.get("reversedDirectionSourceServerArn") or "",
        fed_by=hints.get("awsInstanceID") or "",
        replication=_replicated(item.get("dataReplicationInfo", {})),
        last_launch=LastLaunch(
            job_id=initiated.get("jobID") or "",
            status=last.get("status") or "",
            is_drill=initiated.get("type") == "DRILL",
            asked_at=_at(initiated.get("apiCallDateTime")),
        ),
    )


def _at(text: str | None) -> datetime | None:
    if not text:
        return None
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _replicated(info: Mapping[str, Any]) -> Replicated:
    disks = info.get("replicatedDisks", [])
    total = sum(disk.get("totalStorageBytes", 0) for disk in disks)
    done = sum(disk.get("replicatedStorageBytes", 0) for disk in disks)
    wrong = info.get("dataReplicationError", {})
    error = ": ".join(part for part in (wrong.get("error"), wrong.get("rawError")) if part)
    return Replicated(info.get("dataReplicationState", ""), 100 * done // total if total else None, error)
