"""Where and how DRS would launch a server, and whether the network there exists and has room."""

from collections import Counter
from collections.abc import Iterable, Mapping

import msgspec

from .servers import Finding, Readiness

SETTINGS = "Correct the server's launch settings: its launch configuration in DRS and its EC2 launch template."


class Interface(msgspec.Struct, frozen=True):
    """A network interface of a launch; ``index`` 0 is the primary one. Fields are empty where AWS chooses.

    ``existing_id`` is an interface that exists already; it brings its subnet and its security groups with it.
    """

    index: int = 0
    subnet_id: str = ""
    security_group_ids: tuple[str, ...] = ()
    addresses: int = 1
    public: bool = False
    existing_id: str = ""

    @property
    def suffix(self) -> str:
        """Names the interface in messages, unless it is the primary one."""
        return f" (network interface {self.index})" if self.index else ""


class LaunchTarget(msgspec.Struct, frozen=True):
    """What the launch settings of a server specify; empty where they leave the choice to AWS."""

    interfaces: tuple[Interface, ...] = (Interface(),)
    instance_type: str = ""
    instance_profile: str = ""

    def addresses_in(self, subnet_id: str) -> int:
        """How many addresses of a subnet the launch takes."""
        return sum(wanted.addresses for wanted in self.interfaces if wanted.subnet_id == subnet_id)


class Subnet(msgspec.Struct, frozen=True):
    vpc_id: str
    zone: str
    free_addresses: int
    is_default: bool
    cidr: str = ""


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
    for interface in target.interfaces:
        findings += _judge_interface(interface, target, network)
    findings += _judge_together(target, network.subnets or {})
    findings += _judge_type(target, network)
    if network.profiles is not None and target.instance_profile and target.instance_profile not in network.profiles:
        reason = f"The instance profile {target.instance_profile} does not exist."
        findings.append(_blocked("PROFILE_NOT_FOUND", reason))
    return tuple(findings)


def judge_room(targets: Mapping[str, LaunchTarget], network: Network) -> dict[str, list[Finding]]:
    """Findings by server for subnets that have fewer free addresses than the servers to launch need together."""
    wanted: Counter[str] = Counter()
    for target in targets.values():
        for interface in target.interfaces:
            wanted[interface.subnet_id] += interface.addresses
    short: dict[str, list[Finding]] = {}
    for server_id, target in targets.items():
        for subnet_id in sorted({interface.subnet_id for interface in target.interfaces}):
            subnet = (network.subnets or {}).get(subnet_id)
            if subnet and target.addresses_in(subnet_id) <= subnet.free_addresses < wanted[subnet_id]:
                reason = (
                    f"The subnet {subnet_id} has {_addresses(subnet.free_addresses)}, but the servers that the plan "
                    f"launches there need {wanted[subnet_id]:,}; some launches would fail."
                )
                remedy = "Release IP addresses in the subnet, or move some of the servers to another subnet."
                found = Finding(Readiness.DEGRADED, "SUBNET_SHORT", reason, remedy)
                short.setdefault(server_id, []).append(found)
    return short


def not_checked(what: str, why: str) -> Finding:
    """The finding for a check that could not run, so that it never passes silently."""
    reason = f"Not checked: {what}. {why}"
    return Finding(Readiness.DEGRADED, "NOT_CHECKED", reason, "Run the check again, or check it by hand.")


def _judge_interface(interface: Interface, target: LaunchTarget, network: Network) -> Iterable[Finding]:
    if interface.existing_id:
        why = f"The launch template names an interface that exists already, {interface.existing_id}."
        yield not_checked(f"whether its network interface {interface.index} is free and fits", why)
        return
    subnet = None
    if network.subnets is not None:
        subnet = _subnet_of(interface, network.subnets)
        if subnet is None:
            yield _missing_subnet(interface)
        elif subnet.free_addresses < (needed := target.addresses_in(interface.subnet_id)):
            reason = f"{_name_of_subnet(interface)} has {_addresses(subnet.free_addresses)}"
            yield _blocked("SUBNET_FULL", f"{reason}{f', but the server needs {needed}' if needed > 1 else ''}.")
    yield from _judge_groups(interface, network.group_vpcs, subnet)


def _judge_together(target: LaunchTarget, subnets: Mapping[str, Subnet]) -> Iterable[Finding]:
    """The rules for several interfaces of one instance (EC2 user guide, network interface attachments)."""
    if len(target.interfaces) < 2:
        return
    zones = {
        wanted.subnet_id: subnets[wanted.subnet_id].zone for wanted in target.interfaces if wanted.subnet_id in subnets
    }
    if len(set(zones.values())) > 1:
        where = ", ".join(f"{subnet_id} in {zone}" for subnet_id, zone in zones.items())
        reason = f"Its network interfaces are in several Availability Zones ({where}); EC2 attaches those of one only."
        yield _blocked("INTERFACES_APART", reason)
    if any(interface.public for interface in target.interfaces):
        # EC2 API, InstanceNetworkInterfaceSpecification, AssociatePublicIpAddress
        reason = f"It requests a public IP address and {len(target.interfaces)} network interfaces"
        yield _blocked("PUBLIC_ADDRESS_REFUSED", f"{reason}; EC2 gives a public address with a single interface only.")


def _judge_type(target: LaunchTarget, network: Network) -> Iterable[Finding]:
    if network.offered is None or not target.instance_type:
        return
    offers = {zone for kind, zone in network.offered if kind == target.instance_type}
    named = [interface.subnet_id for interface in target.interfaces if interface.subnet_id]
    subnets = network.subnets or {}
    zones = {subnets[subnet_id].zone for subnet_id in named if subnet_id in subnets}
    if not offers or zones - offers:
        elsewhere = ", ".join(sorted(zones - offers))
        where = f"in {elsewhere}, the Availability Zone of its subnet" if offers else "in this Region"
        yield _blocked("TYPE_NOT_OFFERED", f"The instance type {target.instance_type} is not offered {where}.")


def _addresses(free: int) -> str:
    return "no free IP address" if not free else f"{free:,} free IP {'address' if free == 1 else 'addresses'}"


def _name_of_subnet(interface: Interface) -> str:
    named = f"The subnet {interface.subnet_id}" if interface.subnet_id else "The default subnet"
    return f"{named}{interface.suffix}"


def _subnet_of(interface: Interface, subnets: Mapping[str, Subnet]) -> Subnet | None:
    if interface.subnet_id:
        return subnets.get(interface.subnet_id)
    return next((subnet for subnet in subnets.values() if subnet.is_default), None)


def _missing_subnet(interface: Interface) -> Finding:
    if interface.subnet_id:
        return _blocked("SUBNET_NOT_FOUND", f"{_name_of_subnet(interface)} does not exist.")
    reason = f"The launch template specifies no subnet{interface.suffix}, and the Region has no default subnet."
    return _blocked("NO_SUBNET", reason)


def _judge_groups(interface: Interface, vpcs: Mapping[str, str] | None, subnet: Subnet | None) -> Iterable[Finding]:
    if vpcs is None:
        return
    for group_id in interface.security_group_ids:
        group = f"The security group {group_id}{interface.suffix}"
        if group_id not in vpcs:
            yield _blocked("SECURITY_GROUP_NOT_FOUND", f"{group} does not exist.")
        elif subnet and vpcs[group_id] != subnet.vpc_id:
            reason = f"{group} is in {vpcs[group_id]}, but the subnet is in {subnet.vpc_id}."
            yield _blocked("SECURITY_GROUP_ELSEWHERE", reason)


def _blocked(code: str, reason: str) -> Finding:
    return Finding(Readiness.BLOCKED, code, reason, SETTINGS)
