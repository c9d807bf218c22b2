"""Reads settings of the installation."""

from typing import TypeVar

import msgspec

from ....domain.estate.settings import Setting
from ....domain.typed_json import read_json
from ...tables.settings import SettingItem

T = TypeVar("T", bound=msgspec.Struct)


def read_setting(name: str, default: T) -> Setting[T]:
    """The setting, read consistently; ``default`` with version 0 when nobody has changed it."""
    try:
        item = SettingItem.get(name, consistent_read=True)
    except SettingItem.DoesNotExist:
        return Setting(default)
    value = read_json(item.value, type(default))
    return Setting(value, item.version, item.updated_at, item.updated_by, item.updated_by_subject or "")
