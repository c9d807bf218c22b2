"""Launch settings: three levels (global defaults, group, server), and what they come to for one server.

A field that a level leaves out is inherited from the level above; null removes what would be inherited, which leaves the
field as it is in AWS. Fields that DRS manages itself are no settings of ours: imageId, userData, blockDeviceMappings,
the Availability Zone, placement and the key name.
"""

import hashlib
from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

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
    """One level of settings. Unset: inherited; null: removes the inherited value."""

    # The launch configuration in DRS
    copy_private_ip: bool | None | UnsetType = UNSET
    copy_tags: bool | None | UnsetType = UNSET
    launch_disposition: Disposition | None | UnsetType = UNSET
    licensing: Licensing | None | UnsetType = UNSET
    target_instance_type_right_sizing_method: RightSizing | None | UnsetType = UNSET
    recovery_mode: RecoveryMode | None | UnsetType = UNSET
    post_launch_enabled: bool | None | UnsetType = UNSET
    launch_into_instance: LaunchIntoInstance | None | UnsetType = UNSET
    # The launch template in EC2
    subnet_id: Id | None | UnsetType = UNSET
    security_group_ids: Annotated[tuple[Id, ...], Meta(min_length=1, max_length=16)] | None | UnsetType = UNSET
    instance_type: Id | None | UnsetType = UNSET
    instance_profile: Short | None | UnsetType = UNSET
    static_private_ip: Id | None | UnsetType = UNSET
    associate_public_ip: bool | None | UnsetType = UNSET
    monitoring: bool | None | UnsetType = UNSET
    ebs_optimized: bool | None | UnsetType = UNSET
    disable_api_termination: bool | None | UnsetType = UNSET
    credit_specification: CpuCredits | None | UnsetType = UNSET
    tags: Tags | None | UnsetType = UNSET

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
