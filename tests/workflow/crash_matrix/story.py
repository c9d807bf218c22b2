"""A story of the crash matrix: a function that plays it, and the writes at which functions die."""

from collections.abc import Callable, Collection
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

    def batches(self, chosen: Collection[Point] | None = None) -> list[list[Point]]:
        """Returns the points, or those that are chosen, in as few batches as possible.

        The two deaths at one write are far from each other where there are several batches. A death at a later call of
        a write shares no batch with a death after an earlier one, whose repetition would change the count.
        """
        points = [point for point in self.points if chosen is None or point in chosen]
        first = [point for point in points if point.nth == 1]
        rounds = -(-len(first) // self.deaths)
        found = [first[start::rounds] for start in range(rounds)]
        for point in points:
            if point.nth > 1:
                free = (batch for batch in found if len(batch) < self.deaths and _counts_well(point, batch))
                batch = min(free, key=len, default=None)
                if batch is None:
                    found.append(batch := [])
                batch.append(point)
        return found


def _counts_well(point: Point, batch: list[Point]) -> bool:
    """Whether the call has its number although functions die at the calls of the batch."""
    return not any(other.site == point.site and other.when == "after" and other.nth < point.nth for other in batch)
