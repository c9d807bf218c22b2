"""Writes settings of the installation."""

from typing import Any

import msgspec
from pynamodb.exceptions import PutError
from pynamodb.expressions.condition import Condition

from ....domain.estate.settings import Setting
from ...failures import condition_failed
from ...tables.settings import SettingItem
from ...transactions import ConditionFailed


def save_setting(name: str, setting: Setting[Any]) -> None:
    """Saves the next version of a setting. Raises ConditionFailed when another call has saved it meanwhile."""
    item = SettingItem(
        name=name,
        value=msgspec.json.encode(setting.value).decode(),
        version=setting.version,
        updated_at=setting.updated_at,
        updated_by=setting.updated_by,
        updated_by_subject=setting.updated_by_subject or None,
    )
    try:
        item.save(condition=_is_next_version(setting.version))
    except PutError as error:
        if condition_failed(error):
            raise ConditionFailed({name}) from error
        raise


def _is_next_version(version: int) -> Condition:
    if version == 1:
        return SettingItem.name.does_not_exist()
    condition: Condition = SettingItem.version == version - 1
    return condition
