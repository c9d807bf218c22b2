"""Operations on launch settings: the three levels, and what they come to for each server of a group."""

from datetime import datetime

import msgspec

from ..domain.access.permissions import Permission
from ..domain.estate.launch_settings import LaunchSettings, sets_another_type, settings_hash
from ..domain.estate.launch_status import HELD, Difference, LaunchRecord, LaunchStatus, reason_of, status_of
from ..domain.estate.servers import SourceServer
from ..domain.estate.settings import Setting
from ..domain.limits import Id, Version
from .declaration import Nothing, Operation, PageRequest, Request, Side


class LaunchDefaults(msgspec.Struct, frozen=True, rename="camel"):
    """The global level. Version 0 was never changed."""

    settings: LaunchSettings
    version: int
    updated_at: datetime | None
    updated_by: str
    updated_by_subject: str

    @classmethod
    def of(cls, setting: Setting[LaunchSettings]) -> "LaunchDefaults":
        return cls(setting.value, setting.version, setting.updated_at, setting.updated_by, setting.updated_by_subject)


class UpdateLaunchDefaults(Request, frozen=True, kw_only=True):
    """The complete new level. ``version`` is the version that the change is based on."""

    settings: LaunchSettings
    version: Version


class ListLaunchSettings(PageRequest, frozen=True, kw_only=True):
    group_id: Id


class UpdateServerLaunchSettings(Request, frozen=True, kw_only=True):
    """The complete new level of one server. ``version`` is the version that the change is based on."""

    group_id: Id
    server_id: Id
    settings: LaunchSettings
    version: Version


class ServerLaunchSettings(msgspec.Struct, frozen=True, rename="camel"):
    """The settings of one server: its own level, what all levels come to, and whether AWS has them.

    ``sourceInstanceType`` is the type of its source instance in EC2, empty if that is not known, and
    ``instanceTypeDiffers`` whether another one is set for its launches.
    ``version`` is that of its own level. ``reason`` says why a server is not APPLIED. ``checkError`` is why the last
    check for drift failed; it is empty when none failed since the settings were applied.
    """

    source_server_id: str
    hostname: str
    source_instance_type: str
    instance_type_differs: bool
    settings: LaunchSettings
    version: int
    effective: LaunchSettings
    effective_hash: str
    status: LaunchStatus
    reason: str
    drift: tuple[Difference, ...]
    applied_at: datetime | None
    checked_at: datetime | None
    check_error: str
    updated_at: datetime | None
    updated_by: str
    updated_by_subject: str

    @classmethod
    def of(
        cls, server_id: str, server: SourceServer | None, record: LaunchRecord | None, effective: LaunchSettings
    ) -> "ServerLaunchSettings":
        """The answer for one server; ``server`` is its entry in the inventory, ``record`` what is stored of it."""
        known = record or LaunchRecord("", server_id)
        status = status_of(effective, record)
        return cls(
            source_server_id=server_id,
            hostname=server.hostname if server else server_id,
            source_instance_type=server.instance_type if server else "",
            instance_type_differs=server is not None and sets_another_type(effective, server.instance_type),
            settings=known.settings,
            version=known.version,
            effective=effective,
            effective_hash=settings_hash(effective),
            status=status,
            reason=reason_of(status, record),
            drift=known.drift,
            applied_at=known.applied_at,
            checked_at=known.checked_at,
            check_error=known.check_error if status in HELD else "",
            updated_at=known.updated_at,
            updated_by=known.updated_by,
            updated_by_subject=known.updated_by_subject,
        )


class GroupLaunchSettings(msgspec.Struct, frozen=True, rename="camel"):
    """The upper levels, the number of servers with each status, and one page of the servers by id.

    ``failedChecks`` is the number of servers that could not be checked for drift the last time.
    """

    defaults: LaunchSettings
    group: LaunchSettings
    counts: dict[LaunchStatus, int]
    failed_checks: int
    items: list[ServerLaunchSettings]
    next_cursor: str | None


_EXAMPLE = {"settings": {"copyTags": True, "launchDisposition": "STARTED", "monitoring": True}, "version": 0}

OPERATIONS = (
    Operation(
        name="get_launch_defaults",
        side=Side.QUERY,
        permission=Permission.VIEW,
        request=Nothing,
        response=LaunchDefaults,
        summary="The launch settings that all protection groups inherit.",
    ),
    Operation(
        name="update_launch_defaults",
        side=Side.DATA_MANAGEMENT,
        permission=Permission.MANAGE_SETTINGS,
        request=UpdateLaunchDefaults,
        response=LaunchDefaults,
        summary="Replace the launch settings that all protection groups inherit.",
        shown_by="get_launch_defaults",
        example=_EXAMPLE,
    ),
    Operation(
        name="get_launch_settings",
        side=Side.QUERY,
        permission=Permission.VIEW,
        request=ListLaunchSettings,
        response=GroupLaunchSettings,
        summary="The launch settings of a group's servers, and whether DRS and EC2 have them.",
    ),
    Operation(
        name="update_server_launch_settings",
        side=Side.DATA_MANAGEMENT,
        permission=Permission.MODIFY_GROUPS,
        request=UpdateServerLaunchSettings,
        response=ServerLaunchSettings,
        summary="Replace a server's own launch settings, which win over those of its group.",
        shown_by="get_launch_settings",
        example={"settings": {"instanceType": "m5.large", "subnetId": None}, "version": 0},
    ),
)
