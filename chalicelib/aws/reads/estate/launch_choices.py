"""Reads what can be chosen for launches in an account and Region, for forms: a person waits for the answer.

Each call answers or fails within seconds. Errors of AWS are raised as CloudError or Unavailable.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ....domain.estate.accounts import Place, TargetAccount
from ....operations.ec2 import InstanceProfileChoice, InstanceTypeChoice, SecurityGroupChoice, SubnetChoice
from ...asking import translated
from ...sessions import Access, probe_client

_PAGE = 1_000
"""The most that EC2 and IAM list in one answer; more than most Regions have of anything here."""


def read_subnets(account: TargetAccount, region: str) -> list[SubnetChoice]:
    """All subnets of the Region, 1,000 with a call."""
    return [
        SubnetChoice(
            subnet_id=item["SubnetId"],
            name=_name_tag(item),
            vpc_id=item["VpcId"],
            cidr=item.get("CidrBlock", ""),
            availability_zone=item["AvailabilityZone"],
            free_addresses=item["AvailableIpAddressCount"],
            is_default=item.get("DefaultForAz", False),
        )
        for item in _read(account, region, "ec2", "describe_subnets", "Subnets")
    ]


def read_security_groups(account: TargetAccount, region: str) -> list[SecurityGroupChoice]:
    """All security groups of the Region, 1,000 with a call."""
    return [
        SecurityGroupChoice(item["GroupId"], item["GroupName"], item.get("Description", ""), item.get("VpcId", ""))
        for item in _read(account, region, "ec2", "describe_security_groups", "SecurityGroups")
    ]


def read_instance_profiles(account: TargetAccount, region: str) -> list[InstanceProfileChoice]:
    """All instance profiles of the account, 1,000 with a call. They are the same in all Regions."""
    return [
        InstanceProfileChoice(
            item["InstanceProfileName"], item["Arn"], tuple(role["RoleName"] for role in item.get("Roles", []))
        )
        for item in _read(account, region, "iam", "list_instance_profiles", "InstanceProfiles")
    ]


def read_offered_types(account: TargetAccount, region: str) -> list[str]:
    """The names of all instance types that the Region offers, 1,000 with a call."""
    return [item["InstanceType"] for item in _offers(account, region, "region")]


def describe_types(account: TargetAccount, region: str, names: Sequence[str]) -> list[InstanceTypeChoice]:
    """These types, at most 100, with their zones and sizes, in the same order; with two calls."""
    if not names:
        return []
    zones: dict[str, set[str]] = {}
    those = [{"Name": "instance-type", "Values": list(names)}]
    for item in _offers(account, region, "availability-zone", those):
        zones.setdefault(item["InstanceType"], set()).add(item["Location"])
    # Filters, because InstanceTypes would let one type that EC2 has withdrawn fail the whole call.
    described = _read(
        account,
        region,
        "ec2",
        "describe_instance_types",
        "InstanceTypes",
        page=_TYPES_PER_PAGE,
        Filters=those,
    )
    sizes = {item["InstanceType"]: item for item in described}
    return [_type_choice(name, zones.get(name, ()), sizes.get(name, {})) for name in names]


_TYPES_PER_PAGE = 100


def _type_choice(name: str, zones: Iterable[str], size: Mapping[str, Any]) -> InstanceTypeChoice:
    return InstanceTypeChoice(
        instance_type=name,
        availability_zones=tuple(sorted(zones)),
        vcpus=size.get("VCpuInfo", {}).get("DefaultVCpus"),
        memory_mib=size.get("MemoryInfo", {}).get("SizeInMiB"),
        architectures=tuple(size.get("ProcessorInfo", {}).get("SupportedArchitectures", ())),
    )


def _offers(
    account: TargetAccount, region: str, by: str, filters: Sequence[Mapping[str, Any]] = ()
) -> list[dict[str, Any]]:
    operation, key = "describe_instance_type_offerings", "InstanceTypeOfferings"
    return _read(account, region, "ec2", operation, key, LocationType=by, Filters=filters)


def _read(
    account: TargetAccount, region: str, service: str, operation: str, key: str, *, page: int = _PAGE, **request: Any
) -> list[dict[str, Any]]:
    place = Place(account.account_id, region)
    with translated(place):
        pages = probe_client(service, place, account, Access.READ).get_paginator(operation)
        found = pages.paginate(**request, PaginationConfig={"PageSize": page})
        return [item for answer in found for item in answer.get(key, [])]


def _name_tag(item: Mapping[str, Any]) -> str:
    return next((tag["Value"] for tag in item.get("Tags", []) if tag["Key"] == "Name"), "")
