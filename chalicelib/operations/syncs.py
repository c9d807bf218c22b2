"""Operations on syncs: start one, list their runs, what they saw of recovery instances, and the sync of tags."""

from datetime import datetime

import msgspec

from ..domain.access.permissions import Permission
from ..domain.estate.recovery_instances import RecoveryInstance
from ..domain.estate.settings import Setting
from ..domain.estate.syncs import SyncKind, SyncRun
from ..domain.estate.tag_sync import TagChange, TagSyncSettings
from ..domain.limits import OptionalId, Version
from ..domain.pages import Page
from .declaration import Nothing, Operation, PageRequest, Request, Side
from .estate import SyncResult


class RunSync(Request, frozen=True, kw_only=True):
    kind: SyncKind


class ListSyncRuns(PageRequest, frozen=True, kw_only=True):
    """Without ``kind``, the newest run of each kind."""

    kind: SyncKind | None = None


class ListRecoveryInstances(PageRequest, frozen=True, kw_only=True):
    """An account and Region, a source server, or all three."""

    account_id: OptionalId = ""
    region: OptionalId = ""
    source_server_id: OptionalId = ""


class SyncTags(Request, frozen=True, kw_only=True):
    """``dryRun`` changes nothing. ``force`` also takes servers out of protection groups that select them by tags."""

    dry_run: bool = False
    force: bool = False


class UpdateTagSyncSettings(TagSyncSettings, frozen=True, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """``version`` is the version that the change is based on; 0 when the settings were never changed."""

    version: Version


class TagSyncResult(msgspec.Struct, frozen=True, rename="camel"):
    """A run of the sync of tags, and the servers whose tags it changes; ``moreChanges`` are not listed."""

    dry_run: bool
    run: SyncResult
    changes: list[TagChange]
    more_changes: int


class TagSyncConfig(msgspec.Struct, frozen=True, rename="camel"):
    """The settings of the sync of tags. Version 0 was never changed by anyone."""

    enabled: bool
    every_hours: int
    version: int
    updated_at: datetime | None
    updated_by: str
    updated_by_subject: str


class TagSyncStatus(msgspec.Struct, frozen=True, rename="camel"):
    """``nextRunAt`` is the time from which the schedule runs the sync again.

    It is null when the sync is switched off, or never ran and so runs at the next opportunity.
    """

    settings: TagSyncConfig
    last_run: SyncRun | None
    next_run_at: datetime | None


OPERATIONS = (
    Operation(
        name="list_recovery_instances",
        side=Side.QUERY,
        permission=Permission.VIEW,
        request=ListRecoveryInstances,
        response=Page[RecoveryInstance],
        summary="Recovery instances of an account and Region, or of a source server, as the last sync saw them.",
    ),
    Operation(
        name="run_sync",
        side=Side.DATA_MANAGEMENT,
        permission=Permission.RUN_SYNCS,
        request=RunSync,
        response=SyncResult,
        summary="Run a sync now, in every account and Region.",
        shown_by="list_sync_runs",
    ),
    Operation(
        name="list_sync_runs",
        side=Side.QUERY,
        permission=Permission.VIEW,
        request=ListSyncRuns,
        response=Page[SyncRun],
        summary="Runs of a kind of sync, newest first; without a kind, the newest run of each.",
    ),
    Operation(
        name="handle_sync_recovery_instances",
        side=Side.DATA_MANAGEMENT,
        permission=Permission.RUN_SYNCS,
        request=Nothing,
        response=SyncResult,
        summary="Update the inventory of recovery instances. Runs every 10 minutes by schedule.",
    ),
    Operation(
        name="handle_sync_tags",
        side=Side.DATA_MANAGEMENT,
        permission=Permission.RUN_SYNCS,
        request=Nothing,
        response=SyncResult,
        summary="Give source servers the tags of their source instances. Runs every hour by schedule, or less often.",
    ),
    Operation(
        name="sync_tags",
        side=Side.DATA_MANAGEMENT,
        permission=Permission.RUN_SYNCS,
        request=SyncTags,
        response=TagSyncResult,
        summary="Sync tags now, or show what the sync would change.",
        shown_by="get_tag_sync_status",
        example={"dryRun": True},
    ),
    Operation(
        name="get_tag_sync_status",
        side=Side.QUERY,
        permission=Permission.VIEW,
        request=Nothing,
        response=TagSyncStatus,
        summary="The sync of tags: its settings, its last run and when it runs next.",
    ),
    Operation(
        name="get_tag_sync_settings",
        side=Side.QUERY,
        permission=Permission.VIEW,
        request=Nothing,
        response=TagSyncConfig,
        summary="Whether tags are synced, and how often.",
    ),
    Operation(
        name="update_tag_sync_settings",
        side=Side.DATA_MANAGEMENT,
        permission=Permission.MANAGE_SETTINGS,
        request=UpdateTagSyncSettings,
        response=TagSyncConfig,
        summary="Switch the sync of tags on or off, and choose how often it runs (every 1 to 24 hours).",
        shown_by="get_tag_sync_settings",
        example={"enabled": True, "everyHours": 6, "version": 0},
    ),
)


def tag_sync_config(setting: Setting[TagSyncSettings]) -> TagSyncConfig:
    """The settings as they are answered."""
    value = setting.value
    return TagSyncConfig(
        enabled=value.enabled,
        every_hours=value.every_hours,
        version=setting.version,
        updated_at=setting.updated_at,
        updated_by=setting.updated_by,
        updated_by_subject=setting.updated_by_subject,
    )
