"""A story of the crash matrix: a function that plays it, and the writes at which functions die."""

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
    """A story: ``play`` plays it on a stage and asserts its result, wherever a function died.

    ``dies_at`` names writes (``module>write``): the story has to die once before and once after the first call of each,
    or the nth where the name ends in ``#n``. ``first`` are deaths that lead there, each time that it is played.
    ``settings`` are constants of the product that differ meanwhile. ``deaths`` is how many deaths share one batch.
    ``alone`` plays one batch after the other, where the watchdog's rounds of one would change another.
    """

    play: Callable[[Stage], None]
    dies_at: tuple[str, ...]
    first: tuple[str, ...] = ()
    settings: tuple[tuple[Any, str, Any], ...] = ()
    deaths: int = 6
    alone: bool = False

    @property
    def name(self) -> str:
        return self.play.__name__

    @property
    def points(self) -> list[Point]:
        return [Point.of(f"{when} {write}") for write in self.dies_at for when in ("before", "after")]

    @property
    def leading(self) -> list[Point]:
        """The deaths that lead to the points."""
        return [Point.of(text) for text in self.first]

    def batches(self) -> list[list[Point]]:
        """Returns the points in as few batches as possible, those of one write far from each other.

        A death at a later call of a write shares no batch with other deaths at that write: they would change the count.
        """
        first = [point for point in self.points if point.nth == 1]
        rounds = -(-len(first) // self.deaths)
        found = [first[start::rounds] for start in range(rounds)]
        for point in self.points:
            if point.nth > 1:
                free = (batch for batch in found if len(batch) < self.deaths and _has_no_death_at(point.site, batch))
                batch = min(free, key=len, default=None)
                if batch is None:
                    found.append(batch := [])
                batch.append(point)
        return found


def _has_no_death_at(site: str, batch: list[Point]) -> bool:
    return site not in {point.site for point in batch}
