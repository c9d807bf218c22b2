"""The table of the installation's settings, each of which people change as a whole."""

from pynamodb.attributes import UnicodeAttribute, UTCDateTimeAttribute

from .base import IntegerAttribute, Table, table_name


class SettingItem(Table):
    """One setting; ``value`` is its record as JSON text. A setting that nobody has changed has no item."""

    class Meta:
        table_name = table_name("settings")

    name = UnicodeAttribute(hash_key=True)
    value = UnicodeAttribute()
    version = IntegerAttribute()
    updated_at = UTCDateTimeAttribute()
    updated_by = UnicodeAttribute()
