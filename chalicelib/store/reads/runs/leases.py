"""Reads which executions hold which leases."""

from collections.abc import Iterable
from typing import Any, TypeVar

import msgspec
from pynamodb.models import Model

from ....domain.runs.leases import Lease
from ...records import Stored
from ...tables.runs import LEASES, ServerLeaseItem
from ...together import Key, read_together

R = TypeVar("R", bound=msgspec.Struct)


def find_leases(keys: Iterable[str]) -> dict[str, Lease]:
    """The leases that are taken, by key, read consistently; 100 keys a request."""
    taken = ServerLeaseItem.batch_get(keys, consistent_read=True)
    return {item.key: LEASES.to_record(item) for item in taken}


def read_with_leases(
    stored: Stored[R, Any], ids: Iterable[str], keys: Iterable[str]
) -> tuple[list[R], dict[str, Lease]]:
    """The records of a table with these ids, and the leases with these keys; eventually consistent, 100 a request."""
    wanted: dict[type[Model], list[Key]] = {
        stored.item: [(each,) for each in ids],
        ServerLeaseItem: [(key,) for key in keys],
    }
    found = read_together(wanted)
    leases = map(LEASES.to_record, found[ServerLeaseItem])
    return [stored.to_record(item) for item in found[stored.item]], {lease.key: lease for lease in leases}
