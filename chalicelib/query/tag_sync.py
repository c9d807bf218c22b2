"""The sync of tags: its settings, its last run and when it runs next."""

from ..domain.access.context import CallContext
from ..domain.estate.syncs import SyncKind, as_of
from ..domain.estate.tag_sync import TAG_SYNC, TagSyncSettings, when_due
from ..operations.declaration import Nothing
from ..operations.syncs import TagSyncConfig, TagSyncStatus, tag_sync_config
from ..store.reads.estate.settings import read_setting
from ..store.reads.estate.syncs import find_last_run


def get_tag_sync_settings(_: Nothing, __: CallContext) -> TagSyncConfig:
    """The settings; the defaults with version 0 when nobody has changed them."""
    return tag_sync_config(read_setting(TAG_SYNC, TagSyncSettings()))


def get_tag_sync_status(_: Nothing, call: CallContext) -> TagSyncStatus:
    """The settings, the last run, and when the schedule runs the sync next at the earliest."""
    setting, last, now = read_setting(TAG_SYNC, TagSyncSettings()), find_last_run(SyncKind.TAGS), call.now
    shown = as_of(last, now) if last else None
    due = when_due(setting.value, last) if setting.value.enabled else None
    return TagSyncStatus(tag_sync_config(setting), shown, due)
