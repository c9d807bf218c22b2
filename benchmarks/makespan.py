"""The time of simulated recoveries over the time that no order of launches can beat, for three orders.

A virtual clock and the product's own decision; nothing but the time of deciding depends on the machine.
"""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from benchmarks.metric import Measured, Metric, TextTable, describe_spread
from benchmarks.random_recoveries import (
    HARDEST,
    SECONDS,
    UNBOUND,
    Shape,
    first_come_first_served,
    one_after_another,
    random_plan,
    random_shape,
)
from chalicelib.domain.estate.quotas import Load
from chalicelib.domain.launches.place_order import Line, WaitingServer, decide_order
from chalicelib.domain.launches.simulation import SimulatedPlan, bounds_of, play
from chalicelib.domain.runs.records import Mode

PLANS = 200
HARDEST_PLANS = 30
UNBOUND_PLANS = 5

TARGET_MEAN = 1.05
TARGET_HARDEST = 1.10
TARGET_MILLISECONDS = 50.0
_SAMPLES = 15


@dataclass(frozen=True, kw_only=True)
class Ratios:
    """The times of one plan over its lower bound."""

    ours: float
    served: float
    barriers: float


def measure() -> Measured:
    """Plays all plans, and times one decision for 4,000 waiting servers."""
    mixed = [ratios_of(random_plan(random_shape(seed), seed)) for seed in range(PLANS)]
    hardest = [ratios_of(random_plan(HARDEST, seed)) for seed in range(HARDEST_PLANS)]
    unbound = [ratios_of(random_plan(UNBOUND, seed)) for seed in range(UNBOUND_PLANS)]
    return summarize(mixed, hardest, unbound, [_decision_milliseconds() for _ in range(_SAMPLES)])


def ratios_of(plan: SimulatedPlan) -> Ratios:
    """Plays a plan by the product's order, first come first served, and wave after wave."""
    bound = bounds_of(plan).seconds
    return Ratios(
        ours=play(plan).seconds / bound,
        served=play(plan, first_come_first_served).seconds / bound,
        barriers=play(one_after_another(plan), first_come_first_served).seconds / bound,
    )


def summarize(
    mixed: Sequence[Ratios], hardest: Sequence[Ratios], unbound: Sequence[Ratios], milliseconds: Sequence[float]
) -> Measured:
    """Makes metrics and a table of the ratios."""
    rows = (
        *_rows(f"{len(mixed)} random plans", mixed),
        *_rows(f"4,000 servers, 30 waves, one place, 30 % Windows ({len(hardest)} plans)", hardest),
        *_rows(f"the same without dependencies ({len(unbound)} plans)", unbound),
    )
    table = TextTable(
        title="Recovery time over the lower bound",
        columns=("plans and order", "mean", "median", "worst"),
        numbers=3,
        rows=rows,
        notes=(
            "The lower bound is the larger of the critical path and the server seconds over 500. Without dependencies",
            "it cannot be reached: a job holds its servers' quota until its slowest server ends, and 20 jobs for 500",
            "servers are 25 in each, of which the slowest takes 1.6 times as long as the mean at this error.",
        ),
    )
    worse = sum(one.ours > one.served for one in hardest)
    metrics = (
        _mean("makespan.mean-over-bound", [one.ours for one in mixed], TARGET_MEAN),
        _mean("makespan.hardest-mean-over-bound", [one.ours for one in hardest], TARGET_HARDEST),
        Metric(name="makespan.hardest-worse-than-first-come", value=worse, unit="plans", target=0),
        _mean("makespan.without-dependencies-mean-over-bound", [one.ours for one in unbound], None),
        Metric(
            name="makespan.decision-4000",
            value=round(statistics.median(milliseconds), 1),
            unit="ms",
            target=TARGET_MILLISECONDS,
            spread=describe_spread(milliseconds, digits=1),
        ),
    )
    return Measured(metrics=metrics, tables=(table,))


def _rows(title: str, ratios: Sequence[Ratios]) -> list[tuple[str, ...]]:
    orders: tuple[tuple[str, Callable[[Ratios], float]], ...] = (
        ("by path and kind", lambda one: one.ours),
        ("first come first served", lambda one: one.served),
        ("waves one after another", lambda one: one.barriers),
    )
    rows = []
    for name, value in orders:
        values = [value(one) for one in ratios]
        numbers = (statistics.mean(values), statistics.median(values), max(values))
        rows.append((f"{title}: {name}", *(f"{number:.3f}" for number in numbers)))
    return rows


def _mean(name: str, values: Sequence[float], target: float | None) -> Metric:
    value = round(statistics.mean(values), 3)
    return Metric(name=name, value=value, unit="× bound", target=target, spread=describe_spread(values))


def _decision_milliseconds() -> float:
    lines = _waiting_lines(HARDEST)
    started = time.perf_counter()
    decide_order(lines, Load(jobs=2, servers=40))
    return (time.perf_counter() - started) * 1_000


def _waiting_lines(shape: Shape) -> list[Line]:
    """All servers of a plan as if none of its waves depended on another."""
    by_wave: dict[int, list[WaitingServer]] = {}
    for server in random_plan(shape, 1).servers:
        waiting = WaitingServer(server.server_id, server.kind, SECONDS[server.kind])
        by_wave.setdefault(server.wave, []).append(waiting)
    return [
        Line(
            execution_id="execution",
            wave_number=wave,
            mode=Mode.RECOVERY,
            since=datetime(2026, 1, 1, tzinfo=UTC),
            servers=tuple(servers),
            seconds_behind=float(wave),
        )
        for wave, servers in by_wave.items()
    ]
