"""Writes the inventory of recovery instances."""

from ....domain.estate.accounts import Place
from ....domain.estate.recovery_instances import InstanceChange
from ...tables.estate import RECOVERY_INSTANCES, RecoveryInstanceItem, account_region


def write_instances(place: Place, change: InstanceChange) -> None:
    """Writes and removes rows, 25 a request; sends nothing when nothing has changed.

    There are no conditions, because a row is a copy of what DRS and EC2 show; the next sync repairs it.
    """
    key = account_region(place)
    with RecoveryInstanceItem.batch_write() as batch:
        for row in change.write:
            batch.save(RECOVERY_INSTANCES.to_item(row))
        for instance_id in change.remove:
            batch.delete(RecoveryInstanceItem(account_region=key, recovery_instance_id=instance_id))
