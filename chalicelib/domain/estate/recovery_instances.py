"""The inventory of recovery instances: what the last sync saw of each, and what a new look changes."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

import msgspec

from ..runs.existing_instances import ExistingInstance, InstanceMode


class RecoveryInstance(msgspec.Struct, frozen=True, rename="camel"):
    """One instance that a drill or a recovery of a source server has launched and that exists in EC2.

    ``state`` is its state in EC2. ``inDrs`` is false for an instance that has been disconnected and deleted in DRS.
    ``executionId`` is empty for an instance that no execution known here has launched. ``changedAt`` is when the sync
    last saw it change.
    """

    recovery_instance_id: str
    source_server_id: str
    account_id: str
    region: str
    mode: InstanceMode
    state: str
    launched_at: datetime | None
    in_drs: bool
    job_id: str
    execution_id: str
    hostname: str
    changed_at: datetime


class InstanceChange(msgspec.Struct, frozen=True):
    """What a complete look changes: rows to write and ids to remove. ``current`` are all rows after it."""

    write: tuple[RecoveryInstance, ...]
    remove: tuple[str, ...]
    current: tuple[RecoveryInstance, ...] = ()


def unexplained(known: Mapping[str, RecoveryInstance], shown: Iterable[str]) -> frozenset[str]:
    """The ids of the shown instances whose origin must be looked up: new ones, and those of an unknown mode.

    How an instance was launched does not change, so that it is looked up once.
    """
    return frozenset(
        instance_id
        for instance_id in shown
        if instance_id not in known or known[instance_id].mode is InstanceMode.UNKNOWN
    )


def row_of(found: ExistingInstance, *, in_drs: bool, hostname: str, now: datetime) -> RecoveryInstance:
    """The row of an instance whose origin was looked up."""
    return RecoveryInstance(
        recovery_instance_id=found.instance_id,
        source_server_id=found.source_server_id,
        account_id=found.account_id,
        region=found.region,
        mode=found.mode,
        state=found.state,
        launched_at=found.launched_at,
        in_drs=in_drs,
        job_id=found.job_id,
        execution_id=found.execution_id,
        hostname=hostname,
        changed_at=now,
    )


def compare_instances(
    known: Mapping[str, RecoveryInstance],
    states: Mapping[str, str],
    in_drs: Collection[str],
    explained: Iterable[RecoveryInstance],
    now: datetime,
) -> InstanceChange:
    """What must be written so that the inventory of a place shows a complete look.

    ``states`` are the states of the instances that exist, by id; ``in_drs`` are the ids that DRS lists. ``explained``
    are the rows of those whose origin was looked up.
    """
    current = {
        instance_id: msgspec.structs.replace(row, state=states[instance_id], in_drs=instance_id in in_drs)
        for instance_id, row in known.items()
        if instance_id in states
    }
    current |= {row.recovery_instance_id: row for row in explained}
    changed = [row for instance_id, row in current.items() if not _same(known.get(instance_id), row)]
    return InstanceChange(
        write=tuple(msgspec.structs.replace(row, changed_at=now) for row in changed),
        remove=tuple(sorted(set(known) - set(current))),
        current=tuple(current.values()),
    )


def _same(one: RecoveryInstance | None, other: RecoveryInstance) -> bool:
    return one is not None and msgspec.structs.replace(one, changed_at=other.changed_at) == other
