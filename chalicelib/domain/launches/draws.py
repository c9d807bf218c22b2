"""The times that simulated launches take: drawn so that few simulations suffice, and percentiles of their results."""

import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import Protocol


class Chance(Protocol):
    """Puts lists into a random order, as ``random.Random`` does."""

    def shuffle(self, x: list[float], /) -> None: ...


def quantiles_of(count: int) -> list[float]:
    """The quantiles of the normal distribution in the middles of so many equal shares."""
    return [NormalDist().inv_cdf((index + 0.5) / count) for index in range(count)]


def drawn_times(middle: float, spread: float, quantiles: Sequence[float], chance: Chance) -> list[float]:
    """A server's times over all runs: the quantiles of its log-normal distribution in random order."""
    times = [middle * math.exp(spread * quantile) for quantile in quantiles]
    chance.shuffle(times)
    return times


def percentile(ordered: Sequence[float], share: int) -> float:
    """The value that this share of the ordered values, in percent, does not exceed, between two of them if need be."""
    place = share / 100 * len(ordered) - 0.5
    low = min(len(ordered) - 1, max(0, math.floor(place)))
    high = min(len(ordered) - 1, low + 1)
    return ordered[low] + (ordered[high] - ordered[low]) * min(1.0, max(0.0, place - low))
