"""Where and how DRS would launch a server, and whether the network there exists and has room."""

from collections import Counter
from collections.abc import Iterable, Mapping

import msgspec

from .servers import Finding, Readiness

SETTINGS = "Correct the server's launch settings: its launch configuration in DRS and its EC2 launch template."


class LaunchTarget(msgspec.Struct, frozen=True):
    """What the launch settings of a server specify; empty where they leave the choice to AWS."""

    subnet_id: str = ""
    security_group_ids: tuple[str, ...] = ()
    instance_type: str = ""
    instance_profile: str = ""


class Subnet(msgspec.Struct, frozen=True):
    vpc_id: str
    zone: str
    free_addresses: int
    is_default: bool


class Network(msgspec.Struct, frozen=True):
    """What exists in one account and Region. A part that could not be read is None; ``unread`` has its error."""

    subnets: Mapping[str, Subnet] | None
    group_vpcs: Mapping[str, str] | None
    offered: frozenset[tuple[str, str]] | None
    profiles: frozenset[str] | None
    unread: Mapping[str, str] = {}


def judge_target(target: LaunchTarget, network: Network) -> tuple[Finding, ...]:
    """Everything that does not exist or does not fit; parts that could not be read are NOT_CHECKED."""
    findings = [not_checked(part, error) for part, error in network.unread.items()]
    subnet = None
    if network.subnets is not None:
        subnet = _subnet_of(target, network.subnets)
        if subnet is None:
            findings.append(_missing_subnet(target))
        elif subnet.free_addresses == 0:
            findings.append(_blocked("SUBNET_FULL", f"{_name_of_subnet(target)} has no free IP address."))
    findings += _judge_groups(target, network.group_vpcs, subnet)
    if network.offered is not None and target.instance_type:
        offers = {zone for kind, zone in network.offered if kind == target.instance_type}
        if not offers or (subnet and target.subnet_id and subnet.zone not in offers):
            where = f"in {subnet.zone}, the Availability Zone of its subnet" if offers and subnet else "in this Region"
            findings.append(
                _blocked("TYPE_NOT_OFFERED", f"The instance type {target.instance_type} is not offered {where}.")
            )
    if network.profiles is not None and target.instance_profile and target.instance_profile not in network.profiles:
        reason = f"The instance profile {target.instance_profile} does not exist."
        findings.append(_blocked("PROFILE_NOT_FOUND", reason))
    return tuple(findings)


def judge_room(targets: Mapping[str, LaunchTarget], network: Network) -> dict[str, Finding]:
    """Findings by server for subnets that have fewer free addresses than servers to launch."""
    if network.subnets is None:
        return {}
    wanted = Counter(target.subnet_id for target in targets.values() if target.subnet_id in network.subnets)
    short: dict[str, Finding] = {}
    for server_id, target in targets.items():
        subnet = network.subnets.get(target.subnet_id)
        if subnet and 0 < subnet.free_addresses < wanted[target.subnet_id]:
            addresses = "address" if subnet.free_addresses == 1 else "addresses"
            reason = (
                f"The subnet {target.subnet_id} has {subnet.free_addresses} free IP {addresses}, but the plan launches "
                f"{wanted[target.subnet_id]} servers there; some launches would fail."
            )
            remedy = "Release IP addresses in the subnet, or move some of the servers to another subnet."
            short[server_id] = Finding(Readiness.DEGRADED, "SUBNET_SHORT", reason, remedy)
    return short


def not_checked(what: str, why: str) -> Finding:
    """The finding for a check that could not run, so that it never passes silently."""
    reason = f"Not checked: {what}. {why}"
    return Finding(Readiness.DEGRADED, "NOT_CHECKED", reason, "Run the check again, or check it by hand.")


def _name_of_subnet(target: LaunchTarget) -> str:
    return f"The subnet {target.subnet_id}" if target.subnet_id else "The default subnet"


def _subnet_of(target: LaunchTarget, subnets: Mapping[str, Subnet]) -> Subnet | None:
    if target.subnet_id:
        return subnets.get(target.subnet_id)
    return next((subnet for subnet in subnets.values() if subnet.is_default), None)


def _missing_subnet(target: LaunchTarget) -> Finding:
    if target.subnet_id:
        return _blocked("SUBNET_NOT_FOUND", f"The subnet {target.subnet_id} does not exist.")
    return _blocked("NO_SUBNET", "The launch template specifies no subnet, and the Region has no default subnet.")


def _judge_groups(target: LaunchTarget, vpcs: Mapping[str, str] | None, subnet: Subnet | None) -> Iterable[Finding]:
    if vpcs is None:
        return
    for group_id in target.security_group_ids:
        if group_id not in vpcs:
            yield _blocked("SECURITY_GROUP_NOT_FOUND", f"The security group {group_id} does not exist.")
        elif subnet and vpcs[group_id] != subnet.vpc_id:
            reason = f"The security group {group_id} is in {vpcs[group_id]}, but the subnet is in {subnet.vpc_id}."
            yield _blocked("SECURITY_GROUP_ELSEWHERE", reason)


def _blocked(code: str, reason: str) -> Finding:
    return Finding(Readiness.BLOCKED, code, reason, SETTINGS)
