"""The result of a measurement: numbers with unit, target and spread, and tables."""

import statistics
from collections.abc import Sequence
from enum import StrEnum

import msgspec


class Better(StrEnum):
    """Which side of the target is good."""

    LOWER = "≤"
    HIGHER = "≥"


class Metric(msgspec.Struct, frozen=True, kw_only=True):
    """One number. Without a target it is reported and never missed; `spread` says in words how it varied."""

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
        """The entry in `build/bench.json` under the metric's name."""
        return {"value": self.value, "unit": self.unit, "target": self.target, "ok": self.ok}


class TextTable(msgspec.Struct, frozen=True, kw_only=True):
    """Numbers that are easier to read side by side than as one line for each metric.

    The first column has names, the next `numbers` columns have numbers, and the rest have text.
    """

    title: str
    columns: tuple[str, ...]
    numbers: int
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """The result of one subject. Metrics whose names begin with an entry of `in_tables` are in a table."""

    metrics: tuple[Metric, ...]
    tables: tuple[TextTable, ...] = ()
    in_tables: tuple[str, ...] = ()


def describe_spread(samples: Sequence[float], *, digits: int = 2) -> str:
    """How many samples there were, and their range."""
    return f"{len(samples)} samples, {min(samples):.{digits}f}–{max(samples):.{digits}f}"


def median_metric(
    name: str,
    samples: Sequence[float],
    unit: str,
    *,
    target: float | None = None,
    digits: int = 3,
) -> Metric:
    """A metric with the median of the samples, which must be at most the target."""
    value = round(statistics.median(samples), digits)
    return Metric(name=name, value=value, unit=unit, target=target, spread=describe_spread(samples))
