"""Reads what DRS shows of a failback: recovery instances, and the source servers at both ends.

Nothing here changes anything. Errors of AWS are raised as CloudError or Unavailable, with account and Region.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from ....domain.estate.accounts import Place, TargetAccount
from ...asking import translated
from ...sessions import Access, client

_IDS_PER_FILTER = 200


class Replicated(msgspec.Struct, frozen=True):
    """A replication: its state, its progress in percent (None where DRS reports no sizes), and its error."""

    state: str
    progress_percent: int | None
    error: str


class InstanceSighting(msgspec.Struct, frozen=True):
    """A recovery instance as DRS shows it."""

    instance_id: str
    source_server_id: str
    hostname: str
    instance_state: str
    failback_state: str
    from_ec2: bool
    job_id: str
    replication: Replicated


class ServerSighting(msgspec.Struct, frozen=True):
    """A source server: its origin, its reversed twin, its replication and its last launch except drills."""

    source_server_id: str
    origin: Place
    reversed_arn: str
    replication: Replicated
    last_launch: str


def describe_instances(
    account: TargetAccount, region: str, *, instance_ids: Sequence[str], server_ids: Sequence[str]
) -> list[InstanceSighting]:
    """The recovery instances with these ids or of these source servers, without duplicates."""
    filters = _filters("recoveryInstanceIDs", instance_ids) + _filters("sourceServerIDs", server_ids)
    items = _pages(account, region, "describe_recovery_instances", filters)
    return list({item["recoveryInstanceID"]: _instance(item) for item in items}.values())


def describe_ends(account: TargetAccount, region: str, server_ids: Sequence[str]) -> dict[str, ServerSighting]:
    """The source servers with these ids that exist in the Region, by id."""
    items = _pages(account, region, "describe_source_servers", _filters("sourceServerIDs", server_ids))
    return {item["sourceServerID"]: _server(item, Place(account.account_id, region)) for item in items}


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


def _instance(item: Mapping[str, Any]) -> InstanceSighting:
    hints = item.get("recoveryInstanceProperties", {}).get("identificationHints", {})
    return InstanceSighting(
        instance_id=item["recoveryInstanceID"],
        source_server_id=item.get("sourceServerID", ""),
        hostname=hints.get("hostname", ""),
        instance_state=item.get("ec2InstanceState", ""),
        failback_state=item.get("failback", {}).get("state", "FAILBACK_NOT_STARTED"),
        from_ec2=item.get("originEnvironment") == "AWS",
        job_id=item.get("failback", {}).get("failbackJobID") or "",
        replication=_replicated(item.get("dataReplicationInfo", {})),
    )


def _server(item: Mapping[str, Any], place: Place) -> ServerSighting:
    cloud, last = item.get("sourceCloudProperties", {}), item.get("lifeCycle", {}).get("lastLaunch", {})
    was_drill = last.get("initiated", {}).get("type") == "DRILL"
    return ServerSighting(
        source_server_id=item["sourceServerID"],
        origin=Place(cloud.get("originAccountID") or place.account_id, cloud.get("originRegion", "")),
        reversed_arn=item.get("reversedDirectionSourceServerArn") or "",
        replication=_replicated(item.get("dataReplicationInfo", {})),
        last_launch="" if was_drill else last.get("status", ""),
    )


def _replicated(info: Mapping[str, Any]) -> Replicated:
    disks = info.get("replicatedDisks", [])
    total = sum(disk.get("totalStorageBytes", 0) for disk in disks)
    done = sum(disk.get("replicatedStorageBytes", 0) for disk in disks)
    wrong = info.get("dataReplicationError", {})
    error = ": ".join(part for part in (wrong.get("error"), wrong.get("rawError")) if part)
    return Replicated(info.get("dataReplicationState", ""), 100 * done // total if total else None, error)
