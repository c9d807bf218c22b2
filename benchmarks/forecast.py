"""Forecasts of recoveries: how long one takes to make, and how well it holds in recoveries that it has not seen."""

import random
import statistics
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from benchmarks.local_runs import create_plan, operator_of, plan_in_waves
from benchmarks.metric import Measured, Metric, describe_spread, median_metric
from benchmarks.random_recoveries import ERROR, SECONDS, Shape, random_plan
from chalicelib.domain.estate.accounts import Place
from chalicelib.domain.launches.draws import percentile
from chalicelib.domain.launches.expected_times import ExpectedTime, TimeSource, p90_of
from chalicelib.domain.launches.forecast import ForecastServer, draw_runs, forecast_plan
from chalicelib.domain.launches.simulation import play
from chalicelib.domain.plans.plans import ApprovalPolicy, RecoveryPlan, Wave
from local.cloud import LocalCloud

TARGET_SECONDS = 0.6
TARGET_ENDPOINT_SECONDS = 1.0
TARGET_ERROR = 0.05
TARGET_OFF = 5.0
SERVERS, WAVES, PLANS, SEEN = 1_000, 20, 8, 200
REQUESTS = 6
FAST_SHARE = 0.6
"""How long a launch in FAST mode takes, as a share of another. It makes the forecast play those changes too."""

_MADE = datetime(2026, 1, 1, tzinfo=UTC)


class Held(msgspec.Struct, frozen=True):
    """A forecast against recoveries with other draws: its P50 over their median, and their share within its P90."""

    p50_over_median: float
    covered_by_p90: float


def measure() -> Measured:
    """Forecasts plans of 1,000 servers, and plays each of them 200 times."""
    seconds = [_forecast_seconds(seed) for seed in range(PLANS)]
    held = [coverage_of(SERVERS, WAVES, seed) for seed in range(PLANS)]
    return summarize(seconds, _endpoint_seconds(), held)


def summarize(seconds: Sequence[float], requests: Sequence[float], held: Sequence[Held]) -> Measured:
    """Makes metrics of what was measured."""
    errors = [abs(each.p50_over_median - 1) for each in held]
    covered = [100 * each.covered_by_p90 for each in held]
    return Measured(
        metrics=(
            Metric(
                name="forecast.seconds-1000",
                value=round(statistics.median(seconds), 2),
                unit="s",
                target=TARGET_SECONDS,
                spread=describe_spread(seconds),
            ),
            median_metric("forecast.endpoint-1000", requests, "s", target=TARGET_ENDPOINT_SECONDS, digits=2),
            Metric(
                name="forecast.p50-error",
                value=round(max(errors), 3),
                unit="of the median",
                target=TARGET_ERROR,
                spread=describe_spread(errors),
            ),
            Metric(
                name="forecast.p90-covers",
                value=round(statistics.mean(covered), 1),
                unit="% of runs",
                target=None,
                spread=describe_spread(covered, digits=1),
            ),
            Metric(
                name="forecast.p90-off",
                value=round(abs(statistics.mean(covered) - 90), 1),
                unit="points from 90 %",
                target=TARGET_OFF,
            ),
        )
    )


def coverage_of(servers: int, waves: int, seed: int) -> Held:
    """Forecasts a random plan, and plays it with times that are drawn independently of the forecast."""
    plan, launched = a_plan_of(servers, waves, seed)
    forecast = forecast_plan(plan, launched, random.Random(f"forecast {seed}"))
    ordered = sorted(_recoveries(plan, launched, random.Random(f"recoveries {seed}")))
    covered = sum(each <= forecast.p90_seconds for each in ordered) / len(ordered)
    return Held(forecast.p50_seconds / percentile(ordered, 50), covered)


def _recoveries(plan: RecoveryPlan, launched: Sequence[ForecastServer], chance: random.Random) -> Iterator[float]:
    """The times of recoveries of the plan. Each server's time is log-normal around the expected one."""
    run = draw_runs(plan, launched, chance)[0]
    for _ in range(SEEN):
        servers = [
            msgspec.structs.replace(server, seconds=server.expected_seconds * chance.lognormvariate(0.0, ERROR))
            for server in run.servers
        ]
        yield play(msgspec.structs.replace(run, servers=servers)).seconds


def _forecast_seconds(seed: int) -> float:
    """The processor time of a forecast."""
    plan, launched = a_plan_of(SERVERS, WAVES, seed)
    started = time.process_time()
    forecast_plan(plan, launched, random.Random(seed))
    return time.process_time() - started


def _endpoint_seconds() -> list[float]:
    """The processor time of requests by REST, the local cloud's part of its reads included."""
    with LocalCloud(seed=1, servers=SERVERS) as cloud:
        fleet = cloud.world.servers_with(application="fleet")
        waves = [fleet[index::WAVES] for index in range(WAVES)]
        plan_id = create_plan(cloud, plan_in_waves("Forecast", waves, in_turn=True, approvals=()))
        operator = operator_of(cloud)
        taken = []
        for _ in range(REQUESTS):
            started = time.process_time()
            operator.get(f"/recovery-plans/{plan_id}/forecast", Any)
            taken.append(time.process_time() - started)
        return taken


def a_plan_of(servers: int, waves: int, seed: int) -> tuple[RecoveryPlan, list[ForecastServer]]:
    """A random plan, and its servers in two places."""
    shape = random_plan(Shape(servers=servers, waves=waves, places=2, windows=0.3), seed)
    expected = {kind: ExpectedTime(p50, p90_of(p50, ERROR), TimeSource.DEFAULT) for kind, p50 in SECONDS.items()}
    launched = [
        ForecastServer(
            source_server_id=each.server_id,
            hostname=each.server_id,
            wave_number=each.wave,
            place=Place("222233334444", each.place),
            kind=each.kind,
            expected=expected[each.kind],
            fast_seconds=expected[each.kind].p50_seconds * FAST_SHARE,
        )
        for each in shape.servers
    ]
    plan = RecoveryPlan(
        plan_id="plan",
        version=1,
        name="random",
        description="",
        owner="",
        rto_minutes=None,
        rpo_minutes=None,
        waves=tuple(
            Wave(number=number, name=f"wave {number}", group_ids=(), depends_on=tuple(needs))
            for number, needs in shape.needs.items()
        ),
        approval=ApprovalPolicy(),
        created_at=_MADE,
        created_by="",
        updated_at=_MADE,
        updated_by="",
    )
    return plan, launched
