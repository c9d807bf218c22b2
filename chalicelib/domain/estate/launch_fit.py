"""Whether launch settings fit the network of the account and Region in which they would be used."""

import ipaddress
from collections.abc import Iterable

from ..errors import CloudError, FieldProblem
from .accounts import Place
from .launch_settings import LaunchSettings
from .launch_targets import Interface, LaunchTarget, Network, judge_target

_FIELDS = {
    "SUBNET_NOT_FOUND": "subnetId",
    "SECURITY_GROUP_NOT_FOUND": "securityGroupIds",
    "SECURITY_GROUP_ELSEWHERE": "securityGroupIds",
    "TYPE_NOT_OFFERED": "instanceType",
    "PROFILE_NOT_FOUND": "instanceProfile",
}
"""The findings that a setting causes. Whether a subnet has room now is a question of the preflight."""

_PARTS = {
    "subnet_id": "whether its subnet exists and has room",
    "security_group_ids": "whether its security groups exist",
    "instance_type": "whether its instance type is offered",
    "instance_profile": "whether its instance profile exists",
}
_RESERVED_FIRST = 4


def uses_network(effective: LaunchSettings) -> bool:
    """Whether settings name anything that must exist in an account and Region."""
    return bool(set(_PARTS) & set(effective.given()))


def fit_problems(effective: LaunchSettings, network: Network, place: Place) -> list[FieldProblem]:
    """What the settings of a server name that does not exist or does not fit in its account and Region.

    Raises CloudError when AWS did not say whether something exists that the settings name.
    """
    given = effective.given()
    _require_read((part for field, part in _PARTS.items() if field in given), network, place)
    groups = given.get("security_group_ids", ())
    target = LaunchTarget(
        interfaces=(Interface(subnet_id=given.get("subnet_id", ""), security_group_ids=groups),),
        instance_type=given.get("instance_type", ""),
        instance_profile=given.get("instance_profile", ""),
    )
    problems = [
        FieldProblem(_FIELDS[finding.code], f"{finding.reason} ({place})")
        for finding in judge_target(target, network)
        if finding.code in _FIELDS
    ]
    return problems + _address_problems(given.get("static_private_ip", ""), given.get("subnet_id", ""), network)


def _require_read(parts: Iterable[str], network: Network, place: Place) -> None:
    unread = [f"{part}: {network.unread[part]}" for part in parts if part in network.unread]
    if unread:
        raise CloudError(
            f"The launch settings could not be checked in {place}, so nothing was saved. Not known: "
            f"{'; '.join(unread)} Correct that, or try again.",
            accountId=place.account_id,
            region=place.region,
        )


def _address_problems(address: str, subnet_id: str, network: Network) -> list[FieldProblem]:
    """A static address must be inside its subnet, and not one of those that AWS keeps.

    AWS keeps the first four addresses of a subnet and the last one (VPC user guide, Subnet CIDR blocks).
    """
    subnet = (network.subnets or {}).get(subnet_id)
    if not address or subnet is None or not subnet.cidr:
        return []
    block = ipaddress.IPv4Network(subnet.cidr)
    wanted = ipaddress.IPv4Address(address)
    if wanted not in block:
        return [FieldProblem("staticPrivateIp", f"{address} is not in {block}, the range of the subnet {subnet_id}")]
    position = int(wanted) - int(block.network_address)
    if position < _RESERVED_FIRST or wanted == block.broadcast_address:
        problem = f"{address} is reserved: AWS keeps the first four addresses of {block} and the last one"
        return [FieldProblem("staticPrivateIp", f"{problem}. Choose another one")]
    return []
