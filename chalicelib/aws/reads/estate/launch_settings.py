"""Reads how a server would be launched: DRS launch configuration, EC2 launch template and network.

Errors of AWS are raised as CloudError or Unavailable, with account and Region.
"""

from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from enum import StrEnum
from typing import Any, TypeVar

import msgspec

from ....domain.errors import DomainError
from ....domain.estate.accounts import Place, TargetAccount
from ....domain.estate.drift_checks import HeldSettings
from ....domain.estate.launch_settings import (
    Disposition,
    LaunchIntoInstance,
    LaunchSettings,
    Licensing,
    RecoveryMode,
    RightSizing,
)
from ....domain.estate.launch_targets import Interface, LaunchTarget, Network, Subnet
from ....domain.estate.launch_templates import TemplateVersion, template_settings
from ...asking import Expected, translated
from ...sessions import Access, client

T = TypeVar("T")

TYPES_PER_FILTER = 200
TEMPLATES_PER_PAGE = 200
_NO_TEMPLATE = {"InvalidLaunchTemplateId.NotFound", "InvalidLaunchTemplateId.NotFoundException"}


class LaunchConfiguration(msgspec.Struct, frozen=True):
    """What DRS holds for a server: the id of its launch template, and settings that are not in the template."""

    template_id: str
    settings: LaunchSettings

    @property
    def sizes_itself(self) -> bool:
        """DRS chooses the instance type and ignores that of the template."""
        return self.settings.target_instance_type_right_sizing_method != RightSizing.NONE


class DefaultVersion(msgspec.Struct, frozen=True):
    """The default version of a launch template: its number, and its data as EC2 describes them."""

    template_id: str
    number: int
    data: dict[str, Any]

    @property
    def target(self) -> LaunchTarget:
        """Where and how it would launch."""
        return _target(self.data)

    def held(self, configuration: LaunchConfiguration) -> LaunchSettings:
        """The settings that this version and the launch configuration in DRS hold together."""
        return LaunchSettings(**configuration.settings.given(), **template_settings(self.data))


def read_launch_configuration(account: TargetAccount, region: str, server_id: str) -> LaunchConfiguration:
    """The launch configuration of a server. DRS needs one call per server."""
    place = Place(account.account_id, region)
    with translated(place):
        drs = client("drs", place, account, Access.READ)
        found = drs.get_launch_configuration(sourceServerID=server_id)
    return LaunchConfiguration(found.get("ec2LaunchTemplateID", ""), _configured(found))


def read_default_version(account: TargetAccount, region: str, template_id: str) -> DefaultVersion | None:
    """The default version of a launch template; None when the template does not exist."""
    place = Place(account.account_id, region)
    return _default_version(client("ec2", place, account, Access.READ), place, template_id).get(template_id)


def read_held_settings(account: TargetAccount, region: str, server_id: str) -> HeldSettings:
    """What DRS and EC2 hold for a server, in one call to each."""
    configuration = read_launch_configuration(account, region, server_id)
    template_id = configuration.template_id
    version = read_default_version(account, region, template_id) if template_id else None
    settings = version.held(configuration) if version else configuration.settings
    return HeldSettings(settings, template_id, has_template=version is not None)


def list_template_versions(account: TargetAccount, region: str, template_id: str) -> list[TemplateVersion]:
    """All versions of a launch template, without their data; 200 a page."""
    place = Place(account.account_id, region)
    with translated(place):
        pages = client("ec2", place, account, Access.READ).get_paginator("describe_launch_template_versions")
        asked = {"LaunchTemplateId": template_id, "PaginationConfig": {"PageSize": TEMPLATES_PER_PAGE}}
        return [
            TemplateVersion(item["VersionNumber"], item.get("VersionDescription", ""), item["DefaultVersion"])
            for page in pages.paginate(**asked)
            for item in page.get("LaunchTemplateVersions", [])
        ]


def read_default_templates(account: TargetAccount, region: str, wanted: Collection[str]) -> dict[str, DefaultVersion]:
    """The default versions of these launch templates, by template id; those that do not exist are missing.

    Reads all templates of the Region, in pages of 200, and then by id those that the pages do not show.
    """
    place = Place(account.account_id, region)
    with translated(place):
        pages = client("ec2", place, account, Access.READ).get_paginator("describe_launch_template_versions")
        found = {
            item["LaunchTemplateId"]: _version(item)
            for page in pages.paginate(Versions=["$Default"], PaginationConfig={"PageSize": TEMPLATES_PER_PAGE})
            for item in page.get("LaunchTemplateVersions", [])
        }
        ec2 = client("ec2", place, account, Access.READ)
        for template_id in sorted(set(wanted) - set(found) - {""}):
            found |= _default_version(ec2, place, template_id)
        return found


def read_network(account: TargetAccount, region: str, instance_types: Collection[str]) -> Network:
    """The network of a Region: subnets, security groups, offers of these instance types, and profiles.

    Parts that cannot be read are named in ``unread``, with the reason.
    """
    place = Place(account.account_id, region)
    unread: dict[str, str] = {}

    def attempt(part: str, read: Callable[[], T]) -> T | None:
        try:
            with translated(place):
                return read()
        except DomainError as error:
            unread[part] = error.message
            return None

    ec2 = client("ec2", place, account, Access.READ)
    iam = client("iam", place, account, Access.READ)
    return Network(
        subnets=attempt("whether its subnet exists and has room", lambda: _subnets(ec2)),
        group_vpcs=attempt("whether its security groups exist", lambda: _groups(ec2)),
        offered=attempt("whether its instance type is offered", lambda: _offers(ec2, sorted(instance_types))),
        profiles=attempt("whether its instance profile exists", lambda: _profiles(iam)),
        unread=unread,
    )


def _default_version(ec2: Any, place: Place, template_id: str) -> dict[str, DefaultVersion]:
    with suppress(Expected), translated(place, expected=_NO_TEMPLATE):
        found = ec2.describe_launch_template_versions(LaunchTemplateId=template_id, Versions=["$Default"])
        return {item["LaunchTemplateId"]: _version(item) for item in found["LaunchTemplateVersions"]}
    return {}


def _version(item: dict[str, Any]) -> DefaultVersion:
    return DefaultVersion(item["LaunchTemplateId"], item["VersionNumber"], item.get("LaunchTemplateData", {}))


def _configured(found: dict[str, Any]) -> LaunchSettings:
    """The settings of a launch configuration. Values that are not known here are kept as text."""
    into = found.get("launchIntoInstanceProperties", {}).get("launchIntoEC2InstanceID")
    by_our_name = {
        "copy_private_ip": found.get("copyPrivateIp"),
        "copy_tags": found.get("copyTags"),
        "launch_disposition": _member(Disposition, found.get("launchDisposition")),
        "licensing": Licensing(found["licensing"].get("osByol", False)) if "licensing" in found else None,
        "target_instance_type_right_sizing_method": _member(
            RightSizing, found.get("targetInstanceTypeRightSizingMethod", "NONE")
        ),
        "recovery_mode": _member(RecoveryMode, found.get("recoveryMode")),
        "post_launch_enabled": found.get("postLaunchEnabled"),
        "launch_into_instance": LaunchIntoInstance(into) if into else None,
    }
    held: dict[str, Any] = {name: value for name, value in by_our_name.items() if value is not None}
    return LaunchSettings(**held)


def _member(kind: type[StrEnum], text: str | None) -> str | None:
    return kind(text) if text and text in kind.__members__.values() else text


def _subnets(ec2: Any) -> dict[str, Subnet]:
    return {
        item["SubnetId"]: Subnet(
            item["VpcId"],
            item["AvailabilityZone"],
            item["AvailableIpAddressCount"],
            item.get("DefaultForAz", False),
            item.get("CidrBlock", ""),
        )
        for item in _items(ec2, "describe_subnets", "Subnets")
    }


def _groups(ec2: Any) -> dict[str, str]:
    found = _items(ec2, "describe_security_groups", "SecurityGroups")
    return {item["GroupId"]: item.get("VpcId", "") for item in found}


def _offers(ec2: Any, instance_types: list[str]) -> frozenset[tuple[str, str]]:
    chunks = [
        instance_types[start : start + TYPES_PER_FILTER] for start in range(0, len(instance_types), TYPES_PER_FILTER)
    ]
    return frozenset(
        (item["InstanceType"], item["Location"])
        for chunk in chunks
        for item in _items(
            ec2,
            "describe_instance_type_offerings",
            "InstanceTypeOfferings",
            LocationType="availability-zone",
            Filters=[{"Name": "instance-type", "Values": chunk}],
        )
    )


def _profiles(iam: Any) -> frozenset[str]:
    """Names and ARNs: a template may use either."""
    found = list(_items(iam, "list_instance_profiles", "InstanceProfiles"))
    return frozenset(item[key] for item in found for key in ("InstanceProfileName", "Arn"))


def _items(aws: Any, operation: str, key: str, **arguments: Any) -> Iterable[dict[str, Any]]:
    for page in aws.get_paginator(operation).paginate(**arguments):
        yield from page.get(key, [])


def _target(data: dict[str, Any]) -> LaunchTarget:
    profile = data.get("IamInstanceProfile", {})
    return LaunchTarget(
        interfaces=_interfaces(data),
        instance_type=data.get("InstanceType", ""),
        instance_profile=profile.get("Arn") or profile.get("Name") or "",
    )


def _interfaces(data: dict[str, Any]) -> tuple[Interface, ...]:
    """The network interfaces of a template, by device index. A template without any launches with a primary one."""
    found = data.get("NetworkInterfaces") or [{}]
    interfaces = [_interface(item, item.get("DeviceIndex", place)) for place, item in enumerate(found)]
    groups = tuple(data.get("SecurityGroupIds") or ())
    return tuple(
        msgspec.structs.replace(interface, security_group_ids=interface.security_group_ids or groups)
        for interface in sorted(interfaces, key=lambda interface: interface.index)
    )


def _interface(item: dict[str, Any], index: int) -> Interface:
    """``PrivateIpAddresses`` lists all addresses; otherwise there is one, and the secondary ones are a number.

    An interface that exists already has its addresses and takes no more.
    """
    existing = item.get("NetworkInterfaceId", "")
    listed = len(item.get("PrivateIpAddresses") or ())
    return Interface(
        index=index,
        subnet_id=item.get("SubnetId", ""),
        security_group_ids=tuple(item.get("Groups") or ()),
        addresses=0 if existing else max(listed, 1) + item.get("SecondaryPrivateIpAddressCount", 0),
        public=item.get("AssociatePublicIpAddress", False),
        existing_id=existing,
    )
