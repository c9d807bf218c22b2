"""The times that simulated launches take: drawn so that few simulations suffice, and percentiles of their results."""

import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import Protocol


class Chance(Protocol):
    """Chance as ``random.Random`` has it: numbers from 0 to 1, and lists put into a random order."""

    def random(self) -> float: ...

    def shuffle(self, x: list[float], /) -> None: ...


_EDGE = 1e-6
"""So near to 0 and 1 no quantile is drawn."""

_quantile = NormalDist().inv_cdf


def drawn_times(middle: float, spread: float, count: int, chance: Chance) -> list[float]:
    """A server's times over so many runs, log-normal, in random order: one from each of as many equal shares.

    Within its share a time is drawn by chance. The middles of the shares would leave out the slowest launches, which
    decide how long a wave of many servers takes.
    """
    within = 1 - 2 * _EDGE
    times = [
        middle * math.exp(spread * _quantile((index + _EDGE + within * chance.random()) / count))
        for index in range(count)
    ]
    chance.shuffle(times)
    return times


def percentile(ordered: Sequence[float], share: int) -> float:
    """The value that this share of further values, in percent, is expected not to exceed; between two if need be."""
    place = share / 100 * (len(ordered) + 1) - 1
    low = min(len(ordered) - 1, max(0, math.floor(place)))
    high = min(len(ordered) - 1, low + 1)
    return ordered[low] + (ordered[high] - ordered[low]) * min(1.0, max(0.0, place - low))
