"""How many servers of a wave or of an execution are in each state."""

from collections.abc import Iterable

import msgspec


class ServerCounts(msgspec.Struct, frozen=True, rename="camel"):
    """Servers by ``ServerStatus``; each field has the name of a status."""

    not_started: int = 0
    launching: int = 0
    launched: int = 0
    validated: int = 0
    failed: int = 0
    excluded: int = 0
    skipped: int = 0
    terminated: int = 0

    @property
    def total(self) -> int:
        return sum(msgspec.structs.astuple(self))

    @property
    def with_instance(self) -> int:
        """Servers that have launched and whose instance was not terminated since."""
        return self.launched + self.validated


COUNTED = ServerCounts.__struct_fields__
"""The names of the counts."""


def count_statuses(statuses: Iterable[str]) -> ServerCounts:
    """The counts of servers in these states."""
    counts = dict.fromkeys(COUNTED, 0)
    for status in statuses:
        counts[status.lower()] += 1
    return ServerCounts(**counts)


def changes_of(before: ServerCounts | None, after: ServerCounts) -> dict[str, int]:
    """By how much each count has changed, without those that have not; None counts as nothing counted before."""
    known = before or ServerCounts()
    changes = {name: getattr(after, name) - getattr(known, name) for name in COUNTED}
    return {name: change for name, change in changes.items() if change}
