"""Takes and releases leases. A lease has one holder, and only its holder releases it."""

from collections.abc import Sequence
from datetime import datetime

from pynamodb.expressions.condition import Condition

from ....domain.runs.leases import Lease
from ....side_by_side import map_bounded
from ...tables.runs import LEASES, ServerLeaseItem
from ...transactions import MAX_ITEMS, ConditionFailed, Transaction, Write, commit, committed


def take_leases(keys: Sequence[str], execution_id: str, at: datetime) -> int:
    """Takes leases in order, 100 in a transaction, and returns how many it got.

    It stops at the first hundred that contains a lease of another execution. A result below ``len(keys)`` means that
    this many leases are held now and none after them. Leases that this execution already holds count as taken.
    """
    for start in range(0, len(keys), MAX_ITEMS):
        chunk = keys[start : start + MAX_ITEMS]
        try:
            commit(lambda transaction, chunk=chunk: _take(transaction, chunk, execution_id, at))  # type: ignore[misc]
        except ConditionFailed:
            return start
    return len(keys)


def replace_leases(leases: Sequence[Lease], execution_id: str, at: datetime) -> bool:
    """Takes over at most 100 leases from their holders, all or none. False when one has changed in between."""

    def write(transaction: Transaction) -> None:
        for lease in leases:
            item = LEASES.to_item(Lease(lease.key, execution_id, at))
            transaction.save(item, condition=_lease_is_still(lease))

    return committed(write)


def release_leases(keys: Sequence[str], execution_id: str) -> None:
    """Releases those of the leases that this execution holds."""
    chunks = [keys[start : start + MAX_ITEMS] for start in range(0, len(keys), MAX_ITEMS)]
    map_bounded(lambda chunk: _release(chunk, execution_id), chunks, limit=4)


def lease_stays_free(key: str, abandoned: Lease | None) -> Write:
    """Checks in another transaction that the lease is free, or still the ``abandoned`` one."""
    condition = _lease_is_still(abandoned) if abandoned else ServerLeaseItem.key.does_not_exist()
    return lambda transaction: transaction.check(ServerLeaseItem, key, condition=condition)


def _take(transaction: Transaction, keys: Sequence[str], execution_id: str, at: datetime) -> None:
    for key in keys:
        item = LEASES.to_item(Lease(key, execution_id, at))
        transaction.save(item, condition=_lease_is_free(execution_id))


def _release(keys: Sequence[str], execution_id: str) -> None:
    def free(transaction: Transaction) -> None:
        for key in keys:
            transaction.delete(ServerLeaseItem(key=key), condition=_lease_is_free(execution_id), label=key)

    try:
        commit(free)
    except ConditionFailed as held_by_others:
        _release([key for key in keys if key not in held_by_others.labels], execution_id)


def _lease_is_free(execution_id: str) -> Condition:
    """The lease is free, or this execution holds it already."""
    free: Condition = ServerLeaseItem.key.does_not_exist() | (ServerLeaseItem.execution_id == execution_id)
    return free


def _lease_is_still(lease: Lease) -> Condition:
    same: Condition = (ServerLeaseItem.execution_id == lease.execution_id) & (
        ServerLeaseItem.taken_at == lease.taken_at
    )
    return same
