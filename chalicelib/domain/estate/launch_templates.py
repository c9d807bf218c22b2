"""A server's EC2 launch template: the settings in it, and the data of a version that holds others.

``data`` is a version's LaunchTemplateData as EC2 describes it. A new version is made from the default version and
overrides only what is named in it, but EC2 replaces lists as a whole (EC2 API, CreateLaunchTemplateVersion). So lists
are built from the list that is there.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

Data = Mapping[str, Any]

MARKER = "dr-orchestration"
"""Begins the description of every version that this application makes."""

KEPT_VERSIONS = 3
"""Versions of ours that are kept when older ones are deleted; the default version is never deleted."""

_TAGGED = ("instance", "volume", "network-interface")
_PRIMARY: dict[str, Any] = {"DeviceIndex": 0, "DeleteOnTermination": True}
_INTERFACE_FIELDS = ("subnet_id", "security_group_ids", "static_private_ip", "associate_public_ip")


class TemplateVersion(msgspec.Struct, frozen=True):
    """A version of a launch template, without its data."""

    number: int
    description: str
    is_default: bool


def template_settings(data: Data) -> dict[str, Any]:
    """The settings that a version holds, by the fields of LaunchSettings."""
    primary = _primary(data) or {}
    profile = data.get("IamInstanceProfile", {})
    found = {
        "subnet_id": primary.get("SubnetId") or None,
        "security_group_ids": tuple(primary.get("Groups") or data.get("SecurityGroupIds") or ()) or None,
        "instance_type": data.get("InstanceType") or None,
        "instance_profile": profile.get("Arn") or profile.get("Name") or None,
        "static_private_ip": _address(primary),
        "associate_public_ip": primary.get("AssociatePublicIpAddress"),
        "monitoring": data.get("Monitoring", {}).get("Enabled"),
        "ebs_optimized": data.get("EbsOptimized"),
        "disable_api_termination": data.get("DisableApiTermination"),
        "credit_specification": data.get("CreditSpecification", {}).get("CpuCredits"),
        "tags": _tags_of_all(data) or None,
    }
    return {name: value for name, value in found.items() if value is not None}


def changed_data(data: Data, changes: Mapping[str, Any]) -> dict[str, Any]:
    """The LaunchTemplateData of a new version with these changes, made from the version with ``data``."""
    made: dict[str, Any] = {}
    if any(name in changes for name in _INTERFACE_FIELDS):
        made["NetworkInterfaces"] = _changed_interfaces(data, changes)
    if "tags" in changes:
        made["TagSpecifications"] = _changed_tags(data, changes["tags"])
    if "instance_profile" in changes:
        profile = changes["instance_profile"]
        made["IamInstanceProfile"] = {"Arn" if profile.startswith("arn:") else "Name": profile}
    if "monitoring" in changes:
        made["Monitoring"] = {"Enabled": changes["monitoring"]}
    if "credit_specification" in changes:
        made["CreditSpecification"] = {"CpuCredits": str(changes["credit_specification"])}
    plain = {
        "instance_type": "InstanceType",
        "ebs_optimized": "EbsOptimized",
        "disable_api_termination": "DisableApiTermination",
    }
    return made | {theirs: changes[ours] for ours, theirs in plain.items() if ours in changes}


def template_problem(data: Data, changes: Mapping[str, Any]) -> str:
    """Why these changes cannot be made in this version without changing what is not ours; empty if they can."""
    if not any(name in changes for name in _INTERFACE_FIELDS):
        return ""
    primary = _primary(data)
    if primary is None and data.get("SecurityGroupIds"):
        return (
            "The launch template has security groups, but no network interface 0 that could hold subnet and addresses. "
            "Give it a network interface 0 with these security groups in EC2, then apply again."
        )
    if primary and primary.get("NetworkInterfaceId"):
        return (
            f"Network interface 0 of the launch template is the existing interface {primary['NetworkInterfaceId']}, "
            "which has its own subnet, security groups and addresses. Remove it from the template, or remove these "
            "settings."
        )
    address = _address(primary or {})
    if address and "subnet_id" in changes and "static_private_ip" not in changes:
        return (
            f"The launch template has the private address {address} of its present subnet, so a launch in another "
            "subnet would fail. Set staticPrivateIp for the new subnet, or remove the address from the template."
        )
    return ""


def version_description(wanted_hash: str) -> str:
    """The description of a version that holds the settings with this hash."""
    return f"{MARKER} {wanted_hash[:16]}"


def versions_to_delete(versions: Iterable[TemplateVersion]) -> list[int]:
    """The versions of ours that are no longer needed, oldest first."""
    ours = sorted(version.number for version in versions if _is_old(version))
    return ours[: max(0, len(ours) - KEPT_VERSIONS)]


def _is_old(version: TemplateVersion) -> bool:
    return version.description.startswith(f"{MARKER} ") and not version.is_default


def _primary(data: Data) -> Mapping[str, Any] | None:
    interfaces = data.get("NetworkInterfaces") or ()
    at = _primary_index(interfaces)
    return None if at is None else interfaces[at]


def _primary_index(interfaces: Sequence[Data]) -> int | None:
    return next((at for at, item in enumerate(interfaces) if item.get("DeviceIndex", at) == 0), None)


def _address(primary: Mapping[str, Any]) -> str | None:
    listed = primary.get("PrivateIpAddresses") or ()
    main = next((item["PrivateIpAddress"] for item in listed if item.get("Primary")), None)
    return main or primary.get("PrivateIpAddress") or None


def _changed_interfaces(data: Data, changes: Mapping[str, Any]) -> list[dict[str, Any]]:
    interfaces = [_as_request(item) for item in data.get("NetworkInterfaces") or ()]
    at = _primary_index(interfaces)
    if at is None:
        interfaces.insert(0, dict(_PRIMARY))
        at = 0
    primary = interfaces[at]
    if "subnet_id" in changes:
        primary["SubnetId"] = changes["subnet_id"]
    if "security_group_ids" in changes:
        primary["Groups"] = list(changes["security_group_ids"])
    if "associate_public_ip" in changes:
        primary["AssociatePublicIpAddress"] = changes["associate_public_ip"]
    if "static_private_ip" in changes:
        _set_address(primary, changes["static_private_ip"])
    return interfaces


def _set_address(primary: dict[str, Any], address: str) -> None:
    """Sets the primary address where the interface has it. EC2 takes one address or a list, not both."""
    listed = primary.get("PrivateIpAddresses")
    if not listed:
        primary["PrivateIpAddress"] = address
        return
    primary.pop("PrivateIpAddress", None)
    others = [item for item in listed if not item.get("Primary") and item.get("PrivateIpAddress") != address]
    primary["PrivateIpAddresses"] = [{"Primary": True, "PrivateIpAddress": address}, *others]


def _as_request(interface: Data) -> dict[str, Any]:
    """An interface as EC2 takes it, which differs from how EC2 describes it: no empty values, plain IPv6 addresses."""
    taken = {name: value for name, value in interface.items() if value not in ("", [], {})}
    if "Ipv6Addresses" in taken:
        taken["Ipv6Addresses"] = [{"Ipv6Address": item["Ipv6Address"]} for item in taken["Ipv6Addresses"]]
    return taken


def _tags_of_all(data: Data) -> dict[str, str]:
    """The tags that instance, volumes and interfaces would all get, with the same values."""
    each = [_tags_of(data, kind).items() for kind in _TAGGED]
    return {key: value for key, value in each[0] if all((key, value) in others for others in each[1:])}


def _tags_of(data: Data, kind: str) -> dict[str, str]:
    return {
        tag["Key"]: tag["Value"]
        for specification in data.get("TagSpecifications") or ()
        if specification["ResourceType"] == kind
        for tag in specification.get("Tags", ())
    }


def _changed_tags(data: Data, wanted: Mapping[str, str]) -> list[dict[str, Any]]:
    there = dict.fromkeys(specification["ResourceType"] for specification in data.get("TagSpecifications") or ())
    kinds = [*there, *(kind for kind in _TAGGED if kind not in there)]
    return [_specification(kind, {**_tags_of(data, kind), **(wanted if kind in _TAGGED else {})}) for kind in kinds]


def _specification(kind: str, tags: Mapping[str, str]) -> dict[str, Any]:
    return {"ResourceType": kind, "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}
