"""Reads which executions hold which leases."""

from collections.abc import Iterable

from ....domain.runs.leases import Lease
from ...tables.runs import LEASES, ServerLeaseItem


def find_leases(keys: Iterable[str]) -> dict[str, Lease]:
    """The leases that are taken, by key, read consistently; 100 keys a request."""
    taken = ServerLeaseItem.batch_get(keys, consistent_read=True)
    return {item.key: LEASES.to_record(item) for item in taken}
