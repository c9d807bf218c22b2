"""Reads instances from EC2, which alone knows whether an instance exists. Nothing here changes anything.

One unknown id fails a call that names ids (InvalidInstanceID.NotFound), so instances are found with a filter, which
leaves it out.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec

from ....domain.estate.accounts import Place, TargetAccount
from ....domain.estate.sightings import Ec2Sighting, SourceInstance
from ....side_by_side import chunks
from ...asking import translated
from ...sessions import Access, client

SERVER_TAG = "AWSElasticDisasterRecoverySourceServerID"
VALUES_PER_FILTER = 200
INSTANCES_PER_PAGE = 1_000
_EXISTS = {"Name": "instance-state-name", "Values": ["pending", "running", "shutting-down", "stopping", "stopped"]}


class Ec2Instance(msgspec.Struct, frozen=True):
    """An instance as EC2 shows it; ``state`` in capitals, ``started_at`` its latest start."""

    state: str
    private_address: str
    instance_type: str = ""
    started_at: datetime | None = None


def find_instances(account: TargetAccount, region: str, instance_ids: Sequence[str]) -> dict[str, Ec2Instance]:
    """The instances with these ids that EC2 shows, by id (200 ids a call). Raises CloudError and Unavailable."""
    found = _describe(account, region, "instance-id", instance_ids)
    return {
        item["InstanceId"]: Ec2Instance(
            _state_of(item),
            item.get("PrivateIpAddress", ""),
            item.get("InstanceType", ""),
            item.get("LaunchTime"),
        )
        for item in found
    }


def find_source_instances(
    account: TargetAccount, region: str, instance_ids: Sequence[str]
) -> dict[str, SourceInstance]:
    """The type and private addresses of these instances, by id (200 ids a call). Raises CloudError and Unavailable."""
    return {
        item["InstanceId"]: SourceInstance(item.get("InstanceType", ""), _private_addresses(item))
        for item in _describe(account, region, "instance-id", instance_ids, _EXISTS)
    }


def find_tagged_instances(
    account: TargetAccount, region: str, server_ids: Sequence[str] | None = None
) -> list[Ec2Sighting]:
    """The instances with DRS's tag of these source servers that exist; they may no longer be in DRS.

    Costs a call for 200 servers. Without ``server_ids``, those of all servers, at 1,000 instances a call. Raises
    CloudError and Unavailable.
    """
    named, values = (f"tag:{SERVER_TAG}", server_ids) if server_ids is not None else ("tag-key", [SERVER_TAG])
    return [
        Ec2Sighting(
            instance_id=item["InstanceId"],
            source_server_id=next(tag["Value"] for tag in item["Tags"] if tag["Key"] == SERVER_TAG),
            state=_state_of(item),
            launched_at=_first_started(item),
        )
        for item in _describe(account, region, named, values, _EXISTS)
    ]


def find_tags(account: TargetAccount, region: str, instance_ids: Sequence[str]) -> dict[str, dict[str, str]]:
    """The tags of those of these instances that EC2 shows and has not ended, by id (200 ids a call).

    Raises CloudError and Unavailable.
    """
    return {
        item["InstanceId"]: {tag["Key"]: tag["Value"] for tag in item.get("Tags", [])}
        for item in _describe(account, region, "instance-id", instance_ids, _EXISTS)
    }


def _describe(
    account: TargetAccount, region: str, named: str, values: Sequence[str], *filters: dict[str, Any]
) -> Iterator[dict[str, Any]]:
    """The instances that EC2 finds with one of the values."""
    place = Place(account.account_id, region)
    with translated(place):
        pages = client("ec2", place, account, Access.READ).get_paginator("describe_instances")
        for chunk in chunks(values, VALUES_PER_FILTER):
            chosen = [{"Name": named, "Values": list(chunk)}, *filters]
            for page in pages.paginate(Filters=chosen, PaginationConfig={"PageSize": INSTANCES_PER_PAGE}):
                for reservation in page["Reservations"]:
                    yield from reservation["Instances"]


def _state_of(item: dict[str, Any]) -> str:
    return str(item["State"]["Name"]).upper()


def _private_addresses(item: dict[str, Any]) -> tuple[str, ...]:
    """The primary address, then the others in an order that does not depend on that of the answer."""
    primary = item.get("PrivateIpAddress", "")
    others = {
        address["PrivateIpAddress"]
        for interface in item.get("NetworkInterfaces", [])
        for address in interface.get("PrivateIpAddresses", [])
    }
    return tuple([primary] * bool(primary) + sorted(others - {primary}))


def _first_started(item: dict[str, Any]) -> datetime | None:
    """When the instance was made. EC2's LaunchTime is that of its latest start; its first interface stays attached."""
    attached = [interface.get("Attachment", {}).get("AttachTime") for interface in item.get("NetworkInterfaces", [])]
    moments = [moment for moment in (item.get("LaunchTime"), *attached) if moment is not None]
    return min(moments, default=None)
