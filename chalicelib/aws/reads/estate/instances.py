"""Reads instances from EC2, which alone knows whether an instance exists. Nothing here changes anything.

One unknown id fails a call that names ids (InvalidInstanceID.NotFound), so instances are found with a filter, which
leaves it out.
"""

from collections.abc import Sequence

import msgspec

from ....domain.estate.accounts import Place, TargetAccount
from ....side_by_side import chunks
from ...asking import translated
from ...sessions import Access, client

IDS_PER_FILTER = 200


class Ec2Instance(msgspec.Struct, frozen=True):
    """An instance as EC2 shows it; ``state`` in capitals."""

    state: str
    private_address: str


def find_instances(account: TargetAccount, region: str, instance_ids: Sequence[str]) -> dict[str, Ec2Instance]:
    """The instances with these ids that EC2 shows, by id (200 ids a call). Raises CloudError and Unavailable."""
    place = Place(account.account_id, region)
    with translated(place):
        pages = client("ec2", place, account, Access.READ).get_paginator("describe_instances")
        return {
            item["InstanceId"]: Ec2Instance(item["State"]["Name"].upper(), item.get("PrivateIpAddress", ""))
            for chunk in chunks(instance_ids, IDS_PER_FILTER)
            for page in pages.paginate(Filters=[{"Name": "instance-id", "Values": list(chunk)}])
            for reservation in page["Reservations"]
            for item in reservation["Instances"]
        }
