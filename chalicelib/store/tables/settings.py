"""The tables of what people and syncs keep beside the estate: settings, and the tags that a sync has written."""

from pynamodb.attributes import UnicodeAttribute, UTCDateTimeAttribute

from .base import IntegerAttribute, Table, ValueAttribute, table_name


class SettingItem(Table):
    """One setting; ``value`` is its record as JSON text. A setting that nobody has changed has no item."""

    class Meta:
        table_name = table_name("settings")

    name = UnicodeAttribute(hash_key=True)
    value = UnicodeAttribute()
    version = IntegerAttribute()
    updated_at = UTCDateTimeAttribute()
    updated_by = UnicodeAttribute()
    updated_by_subject = UnicodeAttribute(null=True)


class SyncedTagsItem(Table):
    """The tags of one source server that the sync of tags has written in DRS; ``account_region`` as elsewhere."""

    class Meta:
        table_name = table_name("synced-tags")

    account_region = UnicodeAttribute(hash_key=True)
    source_server_id = UnicodeAttribute(range_key=True)
    written = ValueAttribute[dict[str, tuple[str, ...]]](dict[str, tuple[str, ...]])
