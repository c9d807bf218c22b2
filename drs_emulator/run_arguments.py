"""How the data of a launch template become the arguments of RunInstances, as DRS does it. Pure: it calls nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

ROOT_DEVICE = "/dev/sda1"
# What of a launch template's data goes into RunInstances as it is; the rest is worked out below.
_PASSED_ON = (
    "CreditSpecification",
    "DisableApiTermination",
    "EbsOptimized",
    "IamInstanceProfile",
    "KeyName",
    "MetadataOptions",
    "Monitoring",
    "Placement",
    "SecurityGroupIds",
    "SecurityGroups",
    "UserData",
)
_TAGGED = ("instance", "volume", "network-interface")


@dataclass(frozen=True, kw_only=True)
class Launching:
    """What DRS knows of a server beside its template; `disks` are pairs of device name and GiB, the root disk first."""

    instance_type: str
    right_sized: bool
    private_ip: str | None
    disks: Sequence[tuple[str, int]]
    copied_tags: Mapping[str, str]
    drs_tags: Mapping[str, str]


def run_arguments(data: Mapping[str, Any], launching: Launching) -> dict[str, Any]:
    """RunInstances' arguments. The image is DRS's own, so the template's image is ignored.

    Right-sizing overrides the type, copyPrivateIp the address. Disks that the server does not have are ignored. Tags of
    the template win over the server's tags, and DRS's own over both.
    """
    arguments: dict[str, Any] = {name: data[name] for name in _PASSED_ON if name in data}
    arguments["InstanceType"] = instance_type_of(data, launching)
    arguments["BlockDeviceMappings"] = _disks(data.get("BlockDeviceMappings", []), launching.disks)
    interfaces = [dict(interface) for interface in data.get("NetworkInterfaces", [])]
    if interfaces:
        if launching.private_ip is not None:
            interfaces[0]["PrivateIpAddress"] = launching.private_ip
            interfaces[0].pop("PrivateIpAddresses", None)
        arguments["NetworkInterfaces"] = [_interface(interface) for interface in interfaces]
        arguments.pop("SecurityGroupIds", None)
    elif launching.private_ip is not None:
        arguments["PrivateIpAddress"] = launching.private_ip
    arguments["TagSpecifications"] = _tags(data.get("TagSpecifications", []), launching)
    return arguments


def instance_type_of(data: Mapping[str, Any], launching: Launching) -> str:
    """The type that is launched: the recommended one with right-sizing, else that of the template."""
    template_type = str(data.get("InstanceType") or "")
    return launching.instance_type if launching.right_sized or not template_type else template_type


def _disks(mappings: Sequence[Mapping[str, Any]], disks: Sequence[tuple[str, int]]) -> list[dict[str, Any]]:
    """The server's disks with the template's volume settings; the names of devices are DRS's, EC2 has its own."""
    wanted = {mapping["DeviceName"]: mapping.get("Ebs", {}) for mapping in mappings}
    return [
        {
            "DeviceName": f"/dev/xvd{chr(ord('a') + number)}" if number else ROOT_DEVICE,
            "Ebs": {"VolumeSize": gib, "VolumeType": "gp3", "DeleteOnTermination": True, **wanted.get(device, {})},
        }
        for number, (device, gib) in enumerate(disks)
    ]


def _tags(specifications: Sequence[Mapping[str, Any]], launching: Launching) -> list[dict[str, Any]]:
    from_template = {
        specification["ResourceType"]: {tag["Key"]: tag["Value"] for tag in specification["Tags"]}
        for specification in specifications
    }
    return [
        {
            "ResourceType": kind,
            "Tags": tag_list({**launching.copied_tags, **from_template.get(kind, {}), **launching.drs_tags}),
        }
        for kind in _TAGGED
    ]


def _interface(interface: Mapping[str, Any]) -> dict[str, Any]:
    """A described interface as RunInstances takes it: an address either alone or in the list, never both."""
    return {name: value for name, value in interface.items() if value not in (None, [])}


def tag_list(tags: Mapping[str, str]) -> list[Any]:
    """Tags as EC2 takes them."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]
