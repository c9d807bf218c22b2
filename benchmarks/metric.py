"""What a measurement comes to: a number with its unit and target, how far its samples were apart, and tables beside."""

import statistics
from collections.abc import Sequence
from enum import StrEnum

import msgspec


class Better(StrEnum):
    """Which side of the target is the good one."""

    LOWER = "≤"
    HIGHER = "≥"


class Metric(msgspec.Struct, frozen=True, kw_only=True):
    """One number. Without a target it is told and never missed; `spread` says how it varied, in words."""

    name: str
    value: float
    unit: str
    target: float | None = None
    better: Better = Better.LOWER
    spread: str = ""

    @property
    def ok(self) -> bool:
        if self.target is None:
            return True
        return self.value <= self.target if self.better is Better.LOWER else self.value >= self.target

    def as_json(self) -> dict[str, float | str | bool | None]:
        """What `build/bench.json` holds under the metric's name."""
        return {"value": self.value, "unit": self.unit, "target": self.target, "ok": self.ok}


class TextTable(msgspec.Struct, frozen=True, kw_only=True):
    """Numbers that read better side by side than as one line for each metric.

    The first column holds names, so many after it numbers, and what is left text.
    """

    title: str
    columns: tuple[str, ...]
    numbers: int
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """What one subject comes to. Metrics whose names begin so as `told_in_tables` says are in a table."""

    metrics: tuple[Metric, ...]
    tables: tuple[TextTable, ...] = ()
    told_in_tables: tuple[str, ...] = ()


def describe_spread(samples: Sequence[float], *, digits: int = 2) -> str:
    """How many samples there were, and from where to where they reached."""
    return f"{len(samples)} samples, {min(samples):.{digits}f}–{max(samples):.{digits}f}"


def median_metric(
    name: str,
    samples: Sequence[float],
    unit: str,
    *,
    target: float | None = None,
    digits: int = 3,
) -> Metric:
    """The median of the samples, to be at most the target."""
    value = round(statistics.median(samples), digits)
    return Metric(name=name, value=value, unit=unit, target=target, spread=describe_spread(samples))
