"""Forecasts: what holds for every plan, times that are known beforehand, and what changes save."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.forecast import coverage_of, summarize
from chalicelib.domain.estate.accounts import Place
from chalicelib.domain.launches.draws import percentile
from chalicelib.domain.launches.expected_times import ExpectedTime, TimeSource
from chalicelib.domain.launches.forecast import ForecastServer, forecast_plan
from chalicelib.domain.launches.plan_changes import ChangeKind
from chalicelib.domain.plans.plans import RecoveryPlan, Wave
from tests.unit.domain.records import a_plan

HERE = Place("222233334444", "us-east-1")


def plan_of(needs: Mapping[int, Sequence[int]], rto_minutes: int | None = None, delay: int = 0) -> RecoveryPlan:
    waves = (
        Wave(number=number, name=f"wave {number}", group_ids=(), depends_on=tuple(needed), delay_seconds=delay)
        for number, needed in needs.items()
    )
    return a_plan(*waves, rto_minutes=rto_minutes)


def servers(
    wave: int, count: int, p50: float, p90: float = 0.0, kind: str = "LINUX", *, fast: float | None = None
) -> list[ForecastServer]:
    return [
        ForecastServer(
            source_server_id=f"s-{wave}-{kind}-{index}",
            hostname=f"host-{wave}-{kind}-{index}",
            wave_number=wave,
            place=HERE,
            kind=kind,
            expected=ExpectedTime(p50, max(p50, p90), TimeSource.DEFAULT),
            fast_seconds=fast,
        )
        for index in range(count)
    ]


@st.composite
def plans_with_servers(draw: st.DrawFn) -> tuple[RecoveryPlan, list[ForecastServer]]:
    count = draw(st.integers(1, 6))
    needs = {number: draw(st.lists(st.integers(1, number - 1), unique=True, max_size=2)) if number > 1 else []
             for number in range(1, count + 1)}  # fmt: skip
    found: list[ForecastServer] = []
    for wave in needs:
        p50 = draw(st.floats(10, 2_000))
        found += servers(wave, draw(st.integers(0, 150)), p50, p50 * draw(st.floats(1, 3)))
        found += servers(wave, draw(st.integers(0, 5)), 3 * p50, kind="WINDOWS")
    return plan_of(needs, draw(st.one_of(st.none(), st.integers(1, 200))), draw(st.integers(0, 100))), found


@settings(max_examples=8, deadline=None)
@given(plans_with_servers(), st.integers(0, 5))
def test_what_holds_for_every_forecast(given_plan: tuple[RecoveryPlan, list[ForecastServer]], seed: int) -> None:
    plan, found = given_plan
    forecast = forecast_plan(plan, found, Random(seed))
    assert forecast == forecast_plan(plan, found, Random(seed)), "the same input, the same answer"
    assert forecast.critical_path_seconds <= forecast.p50_seconds <= forecast.p90_seconds
    needs = {wave.number: wave.depends_on for wave in plan.waves}
    assert all(earlier in needs[later] for earlier, later in pairwise(forecast.critical_path))
    assert not needs[forecast.critical_path[0]], "the path begins with a wave that waits for none"
    for wave in forecast.waves:
        assert wave.starts_p50_seconds <= wave.ends_p50_seconds <= wave.ends_p90_seconds
        assert wave.p50_seconds <= wave.p90_seconds
        assert sum(slow.percent for slow in wave.set_by) <= 100
    assert sum(wave.server_count for wave in forecast.waves) == forecast.server_count == len(found)
    assert all(change.saves_seconds > 0 for change in forecast.changes)
    assert (forecast.rto_met_percent is None) == (plan.rto_minutes is None)


def test_without_spread_the_time_is_that_of_the_critical_path() -> None:
    plan = plan_of({1: [], 2: [1], 3: []}, rto_minutes=10)
    forecast = forecast_plan(plan, [*servers(1, 3, 100), *servers(2, 3, 200), *servers(3, 2, 150)], Random(1))
    assert (forecast.p50_seconds, forecast.p90_seconds, forecast.critical_path_seconds) == (300, 300, 300)
    assert (forecast.critical_path, forecast.rto_met_percent) == ((1, 2), 100)
    assert [wave.critical_percent for wave in forecast.waves] == [100, 100, 0]
    assert [(wave.starts_p50_seconds, wave.ends_p50_seconds) for wave in forecast.waves] == [
        (0, 100),
        (100, 300),
        (0, 150),
    ]
    assert [(place.bound_by_servers_seconds, place.bound_by_jobs_seconds) for place in forecast.places] == [(0, 0)]
    assert forecast.statement == (
        "The recovery of 8 servers takes about 5 min, and in 9 of 10 cases at most 5 min, without waiting for people "
        "and steps. The RTO of 10 min is met in 100 % of the simulated recoveries."
    )


def test_quotas_bind_and_the_wave_that_waits_says_how_long() -> None:
    forecast = forecast_plan(plan_of({1: []}), servers(1, 750, 100), Random(1))
    assert (forecast.p50_seconds, forecast.critical_path_seconds) == (200, 100)
    assert (forecast.waves[0].queued_seconds, forecast.places[0].bound_by_servers_seconds) == (100, 100)


def test_the_servers_that_end_a_wave_are_named() -> None:
    forecast = forecast_plan(plan_of({1: []}), [*servers(1, 20, 100, 120), *servers(1, 1, 900, 1_000, "X")], Random(1))
    assert [(slow.hostname, slow.percent) for slow in forecast.waves[0].set_by] == [("host-1-X-0", 100)]


def test_a_dependency_and_slow_servers_are_named_with_what_they_cost() -> None:
    plan = plan_of({1: [], 2: [1]})
    found = [*servers(1, 9, 100), *servers(1, 1, 400, kind="WINDOWS"), *servers(2, 5, 250)]
    changes = {change.kind: change for change in forecast_plan(plan, found, Random(1)).changes}
    assert changes[ChangeKind.DROP_DEPENDENCY].saves_seconds == 250
    assert changes[ChangeKind.DROP_DEPENDENCY].text == "Let wave 2 start without waiting for wave 1."
    assert changes[ChangeKind.SPLIT_WAVE].saves_seconds == 250
    assert changes[ChangeKind.SPLIT_WAVE].text == (
        "Move the 1 slowest server of wave 1 to a new wave that no other waits for."
    )


def test_fast_mode_is_named_for_a_wave_and_for_all_with_what_it_saves() -> None:
    plan = plan_of({1: [], 2: [1]})
    found = [*servers(1, 3, 400, fast=250), *servers(1, 1, 100, kind="OTHER"), *servers(2, 2, 300, fast=200)]
    changes = forecast_plan(plan, found, Random(1)).changes
    fast = {change.wave_number: change for change in changes if change.kind is ChangeKind.FAST_MODE}
    assert {number: change.saves_seconds for number, change in fast.items()} == {1: 150, 2: 100, None: 250}
    assert fast[1].text == (
        "Launch 3 servers of wave 1 in recovery mode FAST, which skips the conversion of boot volumes where DRS can."
    )
    assert fast[None].text.startswith("Launch 5 servers of 2 waves in recovery mode FAST")


def test_fast_mode_saves_what_the_next_slowest_server_leaves_and_nothing_where_it_is_not_faster() -> None:
    plan = plan_of({1: []})
    slower = [*servers(1, 2, 400, fast=100), *servers(1, 1, 350, kind="WINDOWS")]
    (change,) = forecast_plan(plan, slower, Random(1)).changes
    assert (change.kind, change.wave_number, change.saves_seconds) == (ChangeKind.FAST_MODE, 1, 50)
    assert not forecast_plan(plan, servers(1, 2, 400, fast=400), Random(1)).changes
    assert not forecast_plan(plan, servers(1, 2, 400), Random(1)).changes


def test_where_quotas_bind_fast_mode_frees_them_earlier() -> None:
    (change,) = forecast_plan(plan_of({1: []}), servers(1, 750, 400, fast=300), Random(1)).changes
    assert (change.kind, change.saves_seconds) == (ChangeKind.FAST_MODE, 200)


def test_a_plan_without_servers_takes_its_delays_and_says_that_nothing_launches() -> None:
    forecast = forecast_plan(plan_of({1: [], 2: [1]}, delay=60), [], Random(1))
    assert (forecast.p50_seconds, forecast.server_count, forecast.places) == (120, 0, ())
    assert forecast.statement == "No server of the plan can launch, so there is nothing to forecast."


@given(st.lists(st.floats(0, 1_000), min_size=1, max_size=30), st.integers(0, 100))
def test_a_percentile_lies_within_the_values(values: list[float], share: int) -> None:
    ordered = sorted(values)
    assert ordered[0] <= percentile(ordered, share) <= ordered[-1]
    assert percentile(ordered, 50) <= percentile(ordered, 90)


def test_forecasts_hold_in_recoveries_that_they_have_not_seen() -> None:
    held = coverage_of(servers=200, waves=6, seed=1)
    assert abs(held.p50_over_median - 1) < 0.05
    assert 0.8 < held.covered_by_p90 < 1.0
    metrics = {metric.name: metric for metric in summarize([0.5, 1.5, 0.6], [0.7, 1.4], [held]).metrics}
    assert metrics["forecast.seconds-1000"].value == 0.6
    assert not metrics["forecast.endpoint-1000"].ok
    assert metrics["forecast.p50-error"].ok
