"""Operations on what an account and Region offer for launches: subnets, security groups, profiles and types."""

from typing import Any

import msgspec

from ..domain.access.permissions import Permission
from ..domain.limits import Id, OptionalId
from ..domain.pages import Page
from .declaration import Operation, PageRequest, Request, Side


class ListOfPlace(PageRequest, frozen=True, kw_only=True):
    account_id: Id
    region: Id


class ListOfVpc(ListOfPlace, frozen=True, kw_only=True):
    """``vpcId`` leaves out those of other VPCs."""

    vpc_id: OptionalId = ""


class SubnetChoice(msgspec.Struct, frozen=True, rename="camel"):
    """``name`` is the tag Name. ``isDefault``: EC2 launches here if a launch in this Availability Zone names none."""

    subnet_id: str
    name: str
    vpc_id: str
    cidr: str
    availability_zone: str
    free_addresses: int
    is_default: bool


class SecurityGroupChoice(msgspec.Struct, frozen=True, rename="camel"):
    group_id: str
    name: str
    description: str
    vpc_id: str


class InstanceProfileChoice(msgspec.Struct, frozen=True, rename="camel"):
    """Launch settings take the name or the ARN. Without a role the instance has no permissions."""

    name: str
    arn: str
    roles: tuple[str, ...]


class InstanceTypeChoice(msgspec.Struct, frozen=True, rename="camel"):
    """A type that the Region offers in these Availability Zones. vCPUs and memory are null if EC2 did not name them."""

    instance_type: str
    availability_zones: tuple[str, ...]
    vcpus: int | None
    memory_mib: int | None
    architectures: tuple[str, ...]


_PLACE = {"accountId": "222233334444", "region": "us-east-1"}


def _choices(name: str, request: type[Request], response: Any, summary: str) -> Operation:
    return Operation(
        name=name,
        side=Side.QUERY,
        permission=Permission.VIEW,
        request=request,
        response=response,
        summary=summary,
        example=_PLACE,
    )


OPERATIONS = (
    _choices(
        "list_subnets", ListOfVpc, Page[SubnetChoice], "Subnets of an account and Region by name, with free addresses."
    ),
    _choices(
        "list_security_groups",
        ListOfVpc,
        Page[SecurityGroupChoice],
        "Security groups of an account and Region by name.",
    ),
    _choices(
        "list_instance_profiles",
        ListOfPlace,
        Page[InstanceProfileChoice],
        "Instance profiles of an account by name.",
    ),
    _choices(
        "list_instance_types",
        ListOfPlace,
        Page[InstanceTypeChoice],
        "Instance types that a Region offers, with the Availability Zones that offer them.",
    ),
)
