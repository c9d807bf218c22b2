"""Writes the launch settings of servers, and removes what is stored of servers that have left their group."""

from collections.abc import Iterable

from pynamodb.expressions.condition import Condition

from ....domain.estate.launch_status import LaunchRecord
from ....domain.estate.registers import PlaceRegister
from ....domain.runs.leases import Lease, group_lease_key
from ...tables.launch_settings import LAUNCH_RECORDS, LaunchStatusItem
from ...transactions import Transaction, commit_all
from ..runs.leases import lease_stays_free
from .registers import save_registers


def save_server_settings(record: LaunchRecord, register: PlaceRegister, *, abandoned: Lease | None) -> None:
    """Writes the next version of a server's own settings, and none of the outcomes. No execution may use the group.

    Raises ConditionFailed unless the version before it is current and nothing else has changed in the group's place.
    """
    stored = LAUNCH_RECORDS.to_item(record)
    item = LaunchStatusItem(group_id=record.group_id, source_server_id=record.source_server_id)
    actions = [
        LaunchStatusItem.settings.set(record.settings),
        LaunchStatusItem.version.set(record.version),
        LaunchStatusItem.updated_at.set(stored.updated_at),
        LaunchStatusItem.updated_by.set(record.updated_by),
        # An empty one replaces that of the person before.
        LaunchStatusItem.updated_by_subject.set(record.updated_by_subject),
    ]
    condition = _settings_are_at(record.version - 1)

    def update(transaction: Transaction) -> None:
        transaction.update(item, actions=actions, condition=condition)

    commit_all([update, lease_stays_free(group_lease_key(record.group_id), abandoned), *save_registers([register])])


def remove_launch_records(group_id: str, server_ids: Iterable[str]) -> None:
    """Removes the records of servers that are no members of the group, 25 a request.

    There are no conditions, because nothing reads the record of a server that is not a member.
    """
    with LaunchStatusItem.batch_write() as batch:
        for server_id in server_ids:
            batch.delete(LaunchStatusItem(group_id=group_id, source_server_id=server_id))


def _settings_are_at(version: int) -> Condition:
    """The server's own settings still have this version; version 0 was never written."""
    return LaunchStatusItem.version == version if version else LaunchStatusItem.version.does_not_exist()
