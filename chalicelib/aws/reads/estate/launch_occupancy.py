"""Reads who has the addresses, and what becomes of the instances, that launch settings name.

Errors of AWS are raised as CloudError or Unavailable, with account and Region.
"""

from collections.abc import Collection, Mapping
from typing import Any

from ....domain.estate.accounts import Place, TargetAccount
from ....domain.estate.launch_occupancy import Address, AddressHolder, ExistingInstance
from ....domain.estate.servers import OperatingSystem
from ....side_by_side import chunks
from ...asking import translated
from ...sessions import Access, client
from .instances import SERVER_TAG, VALUES_PER_FILTER, find_tags

INTERFACES_PER_PAGE = 1_000


def read_address_holders(
    account: TargetAccount, region: str, wanted: Collection[Address]
) -> dict[Address, AddressHolder]:
    """The interfaces that have these addresses; free addresses are missing. Costs a call for 200 addresses.

    If some are taken, their instances are described too: DRS tags these, and not always their interfaces.
    """
    place = Place(account.account_id, region)
    taken: dict[Address, dict[str, Any]] = {}
    with translated(place):
        pages = client("ec2", place, account, Access.READ).get_paginator("describe_network_interfaces")
        for chunk in chunks(sorted({each.address for each in wanted}), VALUES_PER_FILTER):
            named = [{"Name": "addresses.private-ip-address", "Values": list(chunk)}]
            for page in pages.paginate(Filters=named, PaginationConfig={"PageSize": INTERFACES_PER_PAGE}):
                for item in page["NetworkInterfaces"]:
                    taken |= {address: item for address in _addresses_of(item) if address in wanted}
    attached = sorted({instance_id for item in taken.values() if (instance_id := _instance_of(item))})
    tags = find_tags(account, region, attached) if attached else {}
    return {address: _holder(item, tags.get(_instance_of(item), {})) for address, item in taken.items()}


def read_instance_to_launch_into(account: TargetAccount, region: str, instance_id: str) -> ExistingInstance | None:
    """The instance as EC2 shows it, or None."""
    place = Place(account.account_id, region)
    with translated(place):
        named = [{"Name": "instance-id", "Values": [instance_id]}]
        found = client("ec2", place, account, Access.READ).describe_instances(Filters=named)
    items = [item for reservation in found["Reservations"] for item in reservation["Instances"]]
    return _existing(items[0]) if items else None


def _existing(item: Mapping[str, Any]) -> ExistingInstance:
    is_windows = str(item.get("Platform", "")).lower() == "windows"
    return ExistingInstance(
        state=str(item["State"]["Name"]).upper(),
        tags={tag["Key"]: tag["Value"] for tag in item.get("Tags", [])},
        os=OperatingSystem.WINDOWS if is_windows else OperatingSystem.LINUX,
    )


def _addresses_of(item: Mapping[str, Any]) -> set[Address]:
    listed = {each["PrivateIpAddress"] for each in item.get("PrivateIpAddresses", [])}
    return {Address(item["SubnetId"], address) for address in listed | {item.get("PrivateIpAddress", "")}}


def _instance_of(item: Mapping[str, Any]) -> str:
    return str(item.get("Attachment", {}).get("InstanceId", ""))


def _holder(item: Mapping[str, Any], instance_tags: Mapping[str, str]) -> AddressHolder:
    tags = {**{tag["Key"]: tag["Value"] for tag in item.get("TagSet", [])}, **instance_tags}
    return AddressHolder(item["NetworkInterfaceId"], _instance_of(item), tags.get(SERVER_TAG, ""))
