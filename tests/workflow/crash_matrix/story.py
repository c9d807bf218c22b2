"""What a story is: something that happens on the platform, told in a function, and the writes that it has to die at."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from tests.workflow.crash_matrix.deaths import Point
from tests.workflow.crash_matrix.named_writes import Site, sites
from tests.workflow.crash_matrix.stage import Stage

AT_ONCE = timedelta(0)


@dataclass(frozen=True)
class Story:
    """``tell`` plays it on a stage and asserts what must have come of it, whoever died where.

    ``dies_in`` names functions of the execution side, or single sites of them (``function>write``): the story has to
    die once before and once after each of their writes. ``first`` are deaths that lead there, in every telling.
    ``settings`` are constants of the product that differ while it is told. ``deaths`` is how many share one telling.
    """

    tell: Callable[[Stage], None]
    dies_in: tuple[str, ...]
    first: tuple[str, ...] = ()
    settings: tuple[tuple[Any, str, Any], ...] = ()
    deaths: int = 6

    @property
    def name(self) -> str:
        return self.tell.__name__

    @property
    def sites(self) -> list[Site]:
        return [site for site in sites() if site.function in self.dies_in or str(site) in self.dies_in]

    @property
    def points(self) -> list[Point]:
        return [Point(site, when) for site in self.sites for when in ("before", "after")]

    @property
    def leading(self) -> list[Point]:
        """The deaths that lead there."""
        return [_point(text) for text in self.first]

    def tellings(self) -> list[list[Point]]:
        """The points in as few tellings as may be, those of one function far from each other."""
        rounds = -(-len(self.points) // self.deaths)
        return [self.points[start::rounds] for start in range(rounds)]


def _point(text: str) -> Point:
    when, site = text.split(" ")
    function, write = site.split(">")
    return Point(Site(function, write), when)
