"""The launches that a wave was to make when its execution started: how many of which expected time, and where.

Kept with the wave, so that the time that is left can be forecast without reading the servers.
"""

import math
from collections import Counter
from collections.abc import Iterable

import msgspec

from ..estate.accounts import Place
from ..estate.servers import OperatingSystem

STEP = 1.05
"""Expected times are rounded to steps of this factor, so that a wave has few different ones."""


class LaunchesAhead(msgspec.Struct, frozen=True, rename="camel", order=True):
    """Servers of a wave that launch at one place and are expected to take about the same time, as the start saw it."""

    account_id: str
    region: str
    os: OperatingSystem
    seconds: float
    count: int

    @property
    def place(self) -> Place:
        return Place(self.account_id, self.region)


def launches_ahead(servers: Iterable[tuple[Place, OperatingSystem, float]]) -> tuple[LaunchesAhead, ...]:
    """The launches of these servers, given by place, operating system and expected seconds; in a fixed order."""
    counts = Counter((place, system, _in_steps(seconds)) for place, system, seconds in servers)
    return tuple(
        sorted(
            LaunchesAhead(place.account_id, place.region, system, seconds, count)
            for (place, system, seconds), count in counts.items()
        )
    )


def _in_steps(seconds: float) -> float:
    return round(STEP ** round(math.log(max(seconds, 0.001), STEP)), 3)
