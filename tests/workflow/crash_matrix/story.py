"""What a story is: something that happens on the platform, told in a function, and the writes that it has to die at."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from chalicelib.execution.starts import acquire_leases
from chalicelib.store.writes.runs import leases, server_updates, servers
from tests.workflow.crash_matrix.deaths import Point
from tests.workflow.crash_matrix.stage import Stage

AT_ONCE = timedelta(0)

SMALL_TRANSACTIONS = (
    (leases, "MAX_ITEMS", 1),
    (acquire_leases, "MAX_ITEMS", 1),
    (server_updates, "MAX_ITEMS", 2),
    (servers, "MAX_ITEMS", 4),
)
"""A few leases or servers already need several transactions, of which a function may write some and not the others."""


@dataclass(frozen=True)
class Story:
    """``tell`` plays it on a stage and asserts what must have come of it, wherever a function died.

    ``dies_at`` names writes (``module>write``): the story has to die once before and once after the first call of each,
    or the nth where the name ends in ``#n``. ``first`` are deaths that lead there, in every telling. ``settings`` are
    constants of the product that differ while it is told. ``deaths`` is how many share one telling.
    """

    tell: Callable[[Stage], None]
    dies_at: tuple[str, ...]
    first: tuple[str, ...] = ()
    settings: tuple[tuple[Any, str, Any], ...] = ()
    deaths: int = 6

    @property
    def name(self) -> str:
        return self.tell.__name__

    @property
    def points(self) -> list[Point]:
        return [Point.of(f"{when} {write}") for write in self.dies_at for when in ("before", "after")]

    @property
    def leading(self) -> list[Point]:
        """The deaths that lead there."""
        return [Point.of(text) for text in self.first]

    def tellings(self) -> list[list[Point]]:
        """The points in as few tellings as may be, those of one write far from each other.

        A death at a later call of a write is apart from all others at that write, which would change the count.
        """
        first = [point for point in self.points if point.nth == 1]
        rounds = -(-len(first) // self.deaths)
        found = [first[start::rounds] for start in range(rounds)]
        for point in self.points:
            if point.nth > 1:
                free = (told for told in found if len(told) < self.deaths and _has_no_death_at(point.site, told))
                told = min(free, key=len, default=None)
                if told is None:
                    found.append(told := [])
                told.append(point)
        return found


def _has_no_death_at(site: str, told: list[Point]) -> bool:
    return site not in {point.site for point in told}
