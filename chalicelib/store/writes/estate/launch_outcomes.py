"""Writes what became of the launch settings of servers, what checks found, and which call applies those of a group."""

from collections.abc import Iterable
from datetime import datetime

from pynamodb.exceptions import DeleteError, PutError, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from ....domain.estate.launch_status import LaunchRecord
from ...failures import condition_failed
from ...tables.configuration import APPLIES, UniqueNameItem
from ...tables.launch_settings import LAUNCH_RECORDS, LaunchStatusItem

_CHECK = ("drift", "checked_at", "check_error", "check_slot")
_OUTCOME = ("applied_hash", "applied_at", "failed_hash", "error", *_CHECK)
_MOST_ERROR_CHARACTERS = 1_000


def record_outcome(record: LaunchRecord) -> None:
    """Writes the outcome of a record and none of its settings, unless a later look was recorded already."""
    _write(record, _OUTCOME, _is_not_older(record.checked_at))


def record_check(record: LaunchRecord, *, at: datetime) -> None:
    """Writes what a check that looked ``at`` that time found, and nothing else.

    Does nothing if the settings were applied again since the record was read, if a later look was recorded, or if the
    record is gone, because its server has left the group.
    """
    _write(record, _CHECK, _was_applied_as(record) & _is_not_older(at))


def _write(record: LaunchRecord, names: Iterable[str], condition: Condition) -> None:
    """Writes some attributes of a record if the condition is true, and nothing otherwise."""
    stored = LAUNCH_RECORDS.to_item(record, error=record.error[:_MOST_ERROR_CHARACTERS] or None)
    attributes = LaunchStatusItem.get_attributes()
    values = {name: getattr(stored, name) for name in names}
    actions: list[Action] = [
        attributes[name].remove() if value is None else attributes[name].set(value) for name, value in values.items()
    ]
    item = LaunchStatusItem(group_id=record.group_id, source_server_id=record.source_server_id)
    try:
        item.update(actions=actions, condition=condition)
    except UpdateError as error:
        if not condition_failed(error):
            raise


def claim_apply(group_id: str, holder: str, *, now: datetime, until: datetime) -> bool:
    """Makes ``holder`` the only one that applies the settings of the group, until that time at the latest."""
    item = UniqueNameItem(scope=APPLIES, name_key=group_id, holder=holder, expires_at=int(until.timestamp()))
    try:
        item.save(condition=_nobody_applies(now))
    except PutError as error:
        if condition_failed(error):
            return False
        raise
    return True


def release_apply(group_id: str, holder: str, *, until: datetime) -> None:
    """Ends the claim, unless it expired and another call has made its own."""
    try:
        UniqueNameItem(scope=APPLIES, name_key=group_id).delete(condition=_claim_is(holder, until))
    except DeleteError as error:
        if not condition_failed(error):
            raise


def _is_not_older(at: datetime | None) -> Condition:
    condition: Condition = LaunchStatusItem.checked_at.does_not_exist() | (LaunchStatusItem.checked_at <= at)
    return condition


def _was_applied_as(record: LaunchRecord) -> Condition:
    """No apply has been recorded since this record was read."""
    condition: Condition = (LaunchStatusItem.applied_hash == record.applied_hash) & (
        LaunchStatusItem.applied_at == record.applied_at
    )
    return condition


def _nobody_applies(now: datetime) -> Condition:
    free: Condition = UniqueNameItem.name_key.does_not_exist() | (UniqueNameItem.expires_at < int(now.timestamp()))
    return free


def _claim_is(holder: str, until: datetime) -> Condition:
    ours: Condition = (UniqueNameItem.holder == holder) & (UniqueNameItem.expires_at == int(until.timestamp()))
    return ours
