"""Reads from EC2 the instances that DRS has launched, by DRS's own tag; they may no longer be in DRS."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ....domain.estate.accounts import Place, TargetAccount
from ....domain.estate.sightings import Ec2Sighting
from ....side_by_side import chunks
from ...asking import translated
from ...sessions import Access, client

SERVER_TAG = "AWSElasticDisasterRecoverySourceServerID"
VALUES_PER_FILTER = 200
INSTANCES_PER_PAGE = 1_000
_EXISTS = ("pending", "running", "shutting-down", "stopping", "stopped")


def find_tagged_instances(account: TargetAccount, region: str, server_ids: Sequence[str]) -> list[Ec2Sighting]:
    """The instances of source servers that exist in EC2, 200 servers a call. Raises CloudError and Unavailable."""
    place = Place(account.account_id, region)
    found: list[Ec2Sighting] = []
    with translated(place):
        pages = client("ec2", place, account, Access.READ).get_paginator("describe_instances")
        for chunk in chunks(server_ids, VALUES_PER_FILTER):
            chosen = [
                {"Name": f"tag:{SERVER_TAG}", "Values": list(chunk)},
                {"Name": "instance-state-name", "Values": list(_EXISTS)},
            ]
            found += [
                _sighting(item)
                for page in pages.paginate(Filters=chosen, PaginationConfig={"PageSize": INSTANCES_PER_PAGE})
                for reservation in page["Reservations"]
                for item in reservation["Instances"]
            ]
    return found


def _sighting(item: dict[str, Any]) -> Ec2Sighting:
    tags = {tag["Key"]: tag["Value"] for tag in item.get("Tags", [])}
    return Ec2Sighting(
        instance_id=item["InstanceId"],
        source_server_id=tags.get(SERVER_TAG, ""),
        state=str(item["State"]["Name"]).upper(),
        launched_at=_first_started(item),
    )


def _first_started(item: dict[str, Any]) -> datetime | None:
    """When the instance was made. EC2's LaunchTime is that of its latest start; its first interface stays attached."""
    attached = [interface.get("Attachment", {}).get("AttachTime") for interface in item.get("NetworkInterfaces", [])]
    moments = [moment for moment in (item.get("LaunchTime"), *attached) if moment is not None]
    return min(moments, default=None)
