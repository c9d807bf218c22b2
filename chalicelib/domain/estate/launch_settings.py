"""Launch settings: three levels (global defaults, group, server), and what they come to for one server.

A field that a level leaves out is inherited from the level above; null removes what would be inherited, which leaves
the field as it is in AWS. Fields that DRS manages itself are not settings of ours: imageId, userData,
blockDeviceMappings, the Availability Zone, placement and the key name.
"""

import hashlib
import ipaddress
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Annotated, Any, ClassVar

import msgspec
from msgspec import UNSET, Meta, UnsetType

from ..errors import FieldProblem
from ..limits import Id, Short, Tags


class Disposition(StrEnum):
    """Whether a launched instance runs or stays stopped (DRS API, LaunchDisposition)."""

    STARTED = "STARTED"
    STOPPED = "STOPPED"


class RightSizing(StrEnum):
    """How DRS chooses the instance type (DRS API, TargetInstanceTypeRightSizingMethod); NONE: the template's."""

    NONE = "NONE"
    BASIC = "BASIC"
    IN_AWS = "IN_AWS"


class RecoveryMode(StrEnum):
    """FAST skips the conversion of the boot volume where DRS can (DRS API, RecoveryMode)."""

    FAST = "FAST"
    OPTIMAL = "OPTIMAL"


class Licensing(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """``osByol``: bring the operating system's own licence."""

    os_byol: bool


class LaunchIntoInstance(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The existing instance into which DRS launches the server."""

    instance_id: Id = msgspec.field(name="launchIntoEC2InstanceID")


class CpuCredits(StrEnum):
    STANDARD = "standard"
    UNLIMITED = "unlimited"


class LaunchSettings(
    msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True, omit_defaults=True, kw_only=True
):
    """One level of settings. Unset: inherited; null: removes the inherited value.

    ``refused_fields`` are those that DRS sets itself at each launch, with the reason for callers.
    """

    refused_fields: ClassVar[Mapping[str, str]] = {
        "imageId": "is set by DRS, which makes the image from the recovery point; leave it out",
        "userData": "is set by DRS at each launch; use a post-launch action or a step of the plan instead",
        "blockDeviceMappings": "are set by DRS from the disks of the source server; leave them out",
        "availabilityZone": "follows from the subnet; set subnetId instead",
        "placement": "is set by DRS; leave it out",
        "keyName": "has no effect, because the disks of the source server keep their keys; leave it out",
    }

    # The launch configuration in DRS
    copy_private_ip: bool | UnsetType | None = UNSET
    copy_tags: bool | UnsetType | None = UNSET
    launch_disposition: Disposition | UnsetType | None = UNSET
    licensing: Licensing | UnsetType | None = UNSET
    target_instance_type_right_sizing_method: RightSizing | UnsetType | None = UNSET
    recovery_mode: RecoveryMode | UnsetType | None = UNSET
    post_launch_enabled: bool | UnsetType | None = UNSET
    launch_into_instance: LaunchIntoInstance | UnsetType | None = UNSET
    # The launch template in EC2
    subnet_id: Id | UnsetType | None = UNSET
    security_group_ids: Annotated[tuple[Id, ...], Meta(min_length=1, max_length=16)] | UnsetType | None = UNSET
    instance_type: Id | UnsetType | None = UNSET
    instance_profile: Short | UnsetType | None = UNSET
    static_private_ip: Id | UnsetType | None = UNSET
    associate_public_ip: bool | UnsetType | None = UNSET
    monitoring: bool | UnsetType | None = UNSET
    ebs_optimized: bool | UnsetType | None = UNSET
    disable_api_termination: bool | UnsetType | None = UNSET
    credit_specification: CpuCredits | UnsetType | None = UNSET
    tags: Tags | UnsetType | None = UNSET

    def given(self) -> dict[str, Any]:
        """The fields that this level sets or removes, by their Python names."""
        fields = ((name, getattr(self, name)) for name in self.__struct_fields__)
        return {name: value for name, value in fields if value is not UNSET}


DRS_FIELDS = (
    "copy_private_ip",
    "copy_tags",
    "launch_disposition",
    "licensing",
    "target_instance_type_right_sizing_method",
    "recovery_mode",
    "post_launch_enabled",
    "launch_into_instance",
)
"""Fields of the launch configuration in DRS. All others are fields of the launch template in EC2."""

LAUNCH_DEFAULTS = "launch-defaults"
"""The name of the installation's setting that holds the global level."""

GROUP_ONLY_FIELDS = ("subnet_id", "security_group_ids")
"""Fields that name resources of one account and Region; the global defaults may not set them."""

SERVER_ONLY_FIELDS = ("static_private_ip", "launch_into_instance")
"""Fields that can be true of one server only; no group and no default may set them."""


def effective_settings(levels: Iterable[LaunchSettings]) -> LaunchSettings:
    """The settings of one server: later levels win, and removed fields are unset. A static address ends copying.

    DRS takes no static address beside ``copyPrivateIp`` (DRS user guide, launch settings), so one forces it off.
    """
    merged: dict[str, Any] = {}
    for level in levels:
        merged |= level.given()
    kept = {name: value for name, value in merged.items() if value is not None}
    if "static_private_ip" in kept:
        kept["copy_private_ip"] = False
    return LaunchSettings(**kept)


def settings_hash(effective: LaunchSettings) -> str:
    """The same text for the same settings, whatever the order of their tags and security groups."""
    fields = effective.given()
    if "security_group_ids" in fields:
        fields["security_group_ids"] = sorted(fields["security_group_ids"])
    return hashlib.sha256(msgspec.json.encode(fields, order="deterministic")).hexdigest()


def sets_another_type(effective: LaunchSettings, source_type: str) -> bool:
    """Whether the settings name an instance type that is not that of the source, as far as both are known."""
    return bool(source_type) and effective.given().get("instance_type", source_type) != source_type


def level_problems(settings: LaunchSettings, refused: Iterable[str], where: str) -> list[FieldProblem]:
    """The fields among ``refused`` that a level gives; ``where`` says at which level they belong."""
    given = settings.given()
    return [
        FieldProblem(_JSON_NAMES[name], f"can be set {where} only; leave it out here")
        for name in refused
        if name in given
    ]


def defaults_problems(settings: LaunchSettings) -> list[FieldProblem]:
    """The fields of the global level that belong to a group or a server.

    Subnets and security groups belong to one account and Region, so they cannot be set for all groups.
    """
    return [
        *level_problems(settings, GROUP_ONLY_FIELDS, "for a group or a server"),
        *level_problems(settings, SERVER_ONLY_FIELDS, "for a server"),
    ]


def settings_problems(effective: LaunchSettings) -> list[FieldProblem]:
    """What is wrong with the effective settings of a server that can be found without AWS."""
    found = effective.given()
    problems = []
    if "static_private_ip" in found:
        if not _is_private_address(found["static_private_ip"]):
            problem = f"must be a private IPv4 address; it is '{found['static_private_ip']}'"
            problems.append(FieldProblem("staticPrivateIp", problem))
        if "subnet_id" not in found:
            problems.append(FieldProblem("staticPrivateIp", "needs subnetId, the subnet that the address is in"))
    if "launch_into_instance" in found:
        # DRS user guide, launch into an existing instance
        problems += [
            FieldProblem("launchIntoInstance", f"needs {_JSON_NAMES[name]} to be false, here or at a level above")
            for name in ("copy_private_ip", "copy_tags")
            if found.get(name) is not False
        ]
    sizing = found.get("target_instance_type_right_sizing_method", RightSizing.NONE)
    if "instance_type" in found and sizing is not RightSizing.NONE:
        problem = (
            f"has no effect while targetInstanceTypeRightSizingMethod is {sizing}; set that to NONE, or leave it out"
        )
        problems.append(FieldProblem("instanceType", problem))
    return problems


def shared_values(servers: Mapping[str, LaunchSettings]) -> list[FieldProblem]:
    """Addresses and instances that several of these servers, by id, would take at the same time."""
    problems = []
    for name in SERVER_ONLY_FIELDS:
        takers: dict[Any, list[str]] = {}
        for server_id, effective in sorted(servers.items()):
            if name in (given := effective.given()):
                takers.setdefault(given[name], []).append(server_id)
        problems += [
            FieldProblem(_JSON_NAMES[name], f"is the same for {', '.join(ids)}; only one server can have it")
            for ids in takers.values()
            if len(ids) > 1
        ]
    return problems


def _is_private_address(text: str) -> bool:
    try:
        return ipaddress.IPv4Address(text).is_private
    except ValueError:
        return False


_JSON_NAMES = {field.name: field.encode_name for field in msgspec.structs.fields(LaunchSettings)}
