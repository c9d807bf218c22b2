"""Changes the settings of the sync of tags."""

from ...domain.access.context import CallContext
from ...domain.errors import StaleVersion
from ...domain.estate.settings import Setting
from ...domain.estate.tag_sync import TAG_SYNC, TagSyncSettings
from ...operations.syncs import TagSyncConfig, UpdateTagSyncSettings, tag_sync_config
from ...store.reads.estate.settings import read_setting
from ...store.transactions import ConditionFailed
from ...store.writes.estate.settings import save_setting


def update_tag_sync_settings(request: UpdateTagSyncSettings, call: CallContext) -> TagSyncConfig:
    """Saves the settings. Raises StaleVersion when they were changed meanwhile."""
    value = TagSyncSettings(enabled=request.enabled, every_hours=request.every_hours)
    current = read_setting(TAG_SYNC, TagSyncSettings())
    setting = Setting(value, request.version + 1, call.now, call.principal.name, call.principal.person)
    if current.version != request.version:
        raise _stale(current.version, request.version)
    try:
        save_setting(TAG_SYNC, setting)
    except ConditionFailed as error:
        current = read_setting(TAG_SYNC, TagSyncSettings())
        raise _stale(current.version, request.version) from error
    return tag_sync_config(setting)


def _stale(current: int, based_on: int) -> StaleVersion:
    return StaleVersion(
        f"The settings of the sync of tags are now at version {current}, but your change is based on version "
        f"{based_on}. Nothing was saved. Read them again and repeat your change.",
        currentVersion=current,
    )
