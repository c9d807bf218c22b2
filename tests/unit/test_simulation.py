"""Plans on a virtual clock: times that can be computed by hand, and bounds that no order beats."""

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from benchmarks.makespan import Ratios, ratios_of, summarize
from benchmarks.random_recoveries import Shape, first_come_first_served, one_after_another, random_plan
from chalicelib.domain.launches.simulation import SimulatedPlan, SimulatedServer, bounds_of, play


def servers(wave: int, count: int, seconds: float, place: str = "here") -> list[SimulatedServer]:
    return [
        SimulatedServer(
            server_id=f"s-{wave}-{place}-{index:04}",
            wave=wave,
            place=place,
            kind=f"{seconds}",
            expected_seconds=seconds,
            seconds=seconds,
        )
        for index in range(count)
    ]


def test_waves_follow_each_other_with_their_delays() -> None:
    plan = SimulatedPlan(
        needs={1: [], 2: [1], 3: [1]},
        servers=[*servers(1, 10, 100.0), *servers(2, 10, 50.0), *servers(3, 10, 70.0)],
        delays={1: 5.0, 2: 1.0, 3: 2.0},
    )
    played = play(plan)
    assert played.seconds == bounds_of(plan).critical_path == 5 + 100 + 2 + 70
    assert played.queued_seconds == {1: 0.0, 2: 0.0, 3: 0.0}
    assert (played.bound_by("servers"), played.bound_by("jobs")) == (0.0, 0.0)


def test_what_does_not_fit_waits_for_the_quota_of_its_place_only() -> None:
    plan = SimulatedPlan(
        needs={1: [], 2: []}, servers=[*servers(1, 750, 100.0), *servers(2, 100, 30.0, place="elsewhere")]
    )
    played = play(plan)
    assert played.seconds == 200.0
    assert bounds_of(plan).seconds == bounds_of(plan).quota == 150.0
    assert played.queued_seconds == {1: 100.0, 2: 0.0}
    assert (played.bound_by("servers"), played.bound_by("jobs")) == (100.0, 0.0)


def test_many_small_waves_are_bound_by_jobs() -> None:
    waves = range(1, 31)
    plan = SimulatedPlan(
        needs={wave: [] for wave in waves}, servers=[each for wave in waves for each in servers(wave, 2, 60.0)]
    )
    played = play(plan)
    assert (played.seconds, played.jobs) == (120.0, 30)
    assert (played.bound_by("servers"), played.bound_by("jobs")) == (0.0, 60.0)


def test_the_longest_path_goes_first() -> None:
    plan = SimulatedPlan(
        needs={1: [], 2: [], 3: [2]}, servers=[*servers(1, 500, 10.0), *servers(2, 500, 10.0), *servers(3, 250, 100.0)]
    )
    assert play(plan).seconds == bounds_of(plan).critical_path == 110.0
    assert play(plan, first_come_first_served).seconds == 120.0


def test_slow_servers_do_not_hold_the_quota_of_fast_ones() -> None:
    first = [
        replace(each, seconds=100.0, kind="slow") if index % 10 == 0 else each
        for index, each in enumerate(servers(1, 500, 10.0))
    ]
    plan = SimulatedPlan(needs={1: [], 2: []}, servers=[*first, *servers(2, 450, 10.0)])
    assert play(plan).seconds == bounds_of(plan).critical_path == 100.0
    assert play(plan, first_come_first_served).seconds == 110.0


@settings(max_examples=15)
@given(st.integers(0, 1_000), st.integers(10, 900), st.integers(1, 10), st.integers(1, 3))
def test_no_order_beats_the_bound_and_a_run_can_be_repeated(seed: int, count: int, waves: int, places: int) -> None:
    plan = random_plan(Shape(servers=max(count, waves), waves=waves, places=places, windows=0.3), seed)
    ratios = ratios_of(plan)
    assert min(ratios.ours, ratios.served, ratios.barriers) >= 1 - 1e-9
    assert ratios == ratios_of(
        random_plan(Shape(servers=max(count, waves), waves=waves, places=places, windows=0.3), seed)
    )
    assert one_after_another(plan).servers == plan.servers


def test_the_product_is_measured_against_first_come_first_served() -> None:
    better = Ratios(ours=1.0, served=1.5, barriers=5.0)
    worse = Ratios(ours=1.2, served=1.1, barriers=5.0)
    metrics = {one.name: one for one in summarize([better], [better, worse], [worse], [1.0]).metrics}
    assert metrics["makespan.mean-over-bound"].ok
    assert metrics["makespan.hardest-mean-over-bound"].value == 1.1
    assert not metrics["makespan.hardest-worse-than-first-come"].ok
