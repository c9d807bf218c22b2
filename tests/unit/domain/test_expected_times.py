"""Expected launch times: from the server, its kind or nothing, and without regard to a few outliers."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.estate.accounts import Place
from chalicelib.domain.estate.launch_settings import RecoveryMode
from chalicelib.domain.estate.servers import OperatingSystem
from chalicelib.domain.launches.expected_times import (
    FEWEST_OF_KIND,
    LEARNT_FOR,
    ExpectedTime,
    LaunchTime,
    LearntTimes,
    ServerKind,
    ServerSize,
    TimeSource,
    remember,
    size_of,
)
from chalicelib.domain.runs.pace import TYPICAL_CONVERSION_SECONDS, TYPICAL_JOB_SECONDS
from tests.unit.domain.records import NOON, after

PLACE, SERVER = Place("222233334444", "us-east-1"), "s-00000000000000001"
GIB = 1024**3
LINUX, WINDOWS = OperatingSystem.LINUX, OperatingSystem.WINDOWS
OPTIMAL, FAST = RecoveryMode.OPTIMAL, RecoveryMode.FAST

seconds = st.floats(min_value=1, max_value=20_000)
launches = st.builds(
    LaunchTime,
    job_id=st.sampled_from([f"drsjob-{number}" for number in range(12)]),
    ended_at=st.integers(-10_000, 0).map(after),
    preparation_seconds=seconds,
    conversion_seconds=st.just(0.0) | seconds,
    launch_seconds=seconds,
)


def a_launch(number: int = 0, *, took: float = 540, conversion: float = 190, days_ago: float = 1) -> LaunchTime:
    ended_at = NOON - timedelta(days=days_ago) + timedelta(seconds=number)
    return LaunchTime(f"drsjob-{number}", ended_at, 50, conversion, took - 50 - conversion)


def expected(
    own: Sequence[LaunchTime] = (),
    kinds: Mapping[ServerKind, Sequence[LaunchTime]] | None = None,
    *,
    system: OperatingSystem = LINUX,
    size: ServerSize = ServerSize.SMALL,
    mode: RecoveryMode | None = None,
    pace: float = 1.0,
) -> ExpectedTime:
    learnt = LearntTimes({(PLACE, SERVER): own}, kinds or {}, pace=pace, now=NOON)
    return learnt.of(PLACE, SERVER, system, size, mode)


@pytest.mark.parametrize("system", OperatingSystem)
def test_without_history_the_time_is_that_of_the_operating_system(system: OperatingSystem) -> None:
    time = expected(system=system)
    assert (time.p50_seconds, time.source, time.samples, time.as_of) == (
        TYPICAL_JOB_SECONDS[system],
        TimeSource.DEFAULT,
        0,
        None,
    )
    fast = expected(system=system, mode=FAST)
    assert fast.p50_seconds == TYPICAL_JOB_SECONDS[system] - TYPICAL_CONVERSION_SECONDS[system]


def test_a_servers_own_launches_count_more_than_its_kind_and_the_kind_more_than_nothing() -> None:
    kind = {ServerKind(LINUX, ServerSize.SMALL, OPTIMAL): [a_launch(number, took=900) for number in range(3)]}
    of_kind = expected(kinds=kind)
    assert (of_kind.p50_seconds, of_kind.source, of_kind.samples) == (900, TimeSource.KIND, 3)
    own = expected([a_launch(number, took=700) for number in range(4)], kind)
    assert (own.p50_seconds, own.source, own.samples) == (700, TimeSource.OWN, 4)
    assert own.as_of == a_launch(3).ended_at
    others = LearntTimes({(Place("333344445555", "us-east-1"), SERVER): [a_launch()]}, {}, pace=1, now=NOON)
    assert others.of(PLACE, SERVER, LINUX).source is TimeSource.DEFAULT, "of the same id in another place"


def test_a_first_outlier_is_not_believed_alone_and_a_later_one_not_at_all() -> None:
    assert expected([a_launch(took=5_400)]).p50_seconds == (5_400 + 540) / 2
    usual = [a_launch(number, took=600 + number) for number in range(4)]
    assert expected([*usual, a_launch(9, took=9_000)]).p50_seconds == pytest.approx(600, rel=0.01)
    assert expected([*usual, a_launch(9, took=9_000)]).p90_seconds < 1_000


def test_a_kind_with_few_launches_is_taken_with_the_other_sizes() -> None:
    few = {ServerKind(LINUX, ServerSize.SMALL, OPTIMAL): [a_launch(took=900)] * (FEWEST_OF_KIND - 1)}
    assert expected(kinds=few).source is TimeSource.DEFAULT
    more = few | {ServerKind(LINUX, ServerSize.LARGE, OPTIMAL): [a_launch(took=1_000)]}
    assert expected(kinds=more).samples == FEWEST_OF_KIND
    assert expected(kinds=more).source is TimeSource.KIND
    assert expected(kinds=more, system=WINDOWS).source is TimeSource.DEFAULT
    assert expected(kinds=more, mode=FAST).source is TimeSource.DEFAULT


def test_a_change_of_the_recovery_mode_takes_the_conversion_away_or_adds_it() -> None:
    converted = [a_launch(number, took=1_500, conversion=800) for number in range(3)]
    assert expected(converted).p50_seconds == 1_500
    assert expected(converted, mode=FAST).p50_seconds == 700
    fast = [a_launch(number, took=700, conversion=0) for number in range(3)]
    assert expected(fast).p50_seconds == 700, "it is launched as the last time"
    assert expected(fast, mode=OPTIMAL).p50_seconds == 700 + TYPICAL_CONVERSION_SECONDS[LINUX]
    kind = {ServerKind(LINUX, ServerSize.SMALL, OPTIMAL): converted}
    assert expected(fast, kind, mode=OPTIMAL).p50_seconds == 1_500


def test_fast_mode_is_offered_to_servers_that_were_not_launched_so() -> None:
    def in_fast_mode(own: Sequence[LaunchTime]) -> ExpectedTime | None:
        return LearntTimes({(PLACE, SERVER): own}, {}, pace=1, now=NOON).in_fast_mode(PLACE, SERVER, LINUX)

    assert in_fast_mode([]) == expected(mode=FAST)
    converted = [a_launch(number, took=1_500, conversion=800) for number in range(3)]
    assert in_fast_mode(converted) == expected(converted, mode=FAST)
    assert in_fast_mode([*converted, a_launch(9, took=700, conversion=0)]) is None


def test_old_launches_do_not_count() -> None:
    assert expected([a_launch(days_ago=LEARNT_FOR.days + 1)]).source is TimeSource.DEFAULT
    assert expected([a_launch(days_ago=LEARNT_FOR.days - 1)]).source is TimeSource.OWN


@given(
    st.lists(launches, max_size=8),
    st.lists(launches, max_size=8),
    st.floats(1, 1_000),
    st.sampled_from([None, *RecoveryMode]),
)
def test_times_are_positive_in_order_and_as_much_shorter_as_drs_is_faster(
    own: list[LaunchTime], kind: list[LaunchTime], pace: float, mode: RecoveryMode | None
) -> None:
    kinds = {ServerKind(LINUX, ServerSize.SMALL, mode or OPTIMAL): kind}
    time = expected(own, kinds, mode=mode)
    assert 0 < time.p50_seconds < time.p90_seconds
    assert (time.source is TimeSource.OWN) == bool(own)
    assert time.samples == len(own or (kind if time.source is TimeSource.KIND else ()))
    faster = expected(own, kinds, mode=mode, pace=pace)
    assert faster.p50_seconds == pytest.approx(time.p50_seconds / pace, abs=0.002)


@given(st.lists(st.floats(500, 600), min_size=3, max_size=7), st.floats(1_000, 86_400))
def test_fewer_outliers_than_usual_launches_do_not_move_the_time_far(usual: list[float], outlier: float) -> None:
    own = [a_launch(number, took=took) for number, took in enumerate(usual)]
    wrong = [a_launch(100 + number, took=outlier) for number in range(len(usual) // 2)]
    assert 500 <= expected([*own, *wrong]).p50_seconds <= 600


@given(st.lists(launches, max_size=20), st.lists(launches, max_size=20), st.integers(1, 8))
def test_what_is_remembered_is_small_the_newest_and_the_same_when_it_is_learnt_again(
    known: list[LaunchTime], new: list[LaunchTime], most: int
) -> None:
    before = remember((), known, most)
    kept = remember(before, new, most)
    assert len(kept) <= most
    assert list(kept) == sorted(kept, key=lambda launch: launch.ended_at)
    assert remember(kept, new, most) == kept
    assert set(kept) <= set(known) | set(new)
    if new:
        assert kept[-1].ended_at >= max(launch.ended_at for launch in new)


@given(st.lists(launches, max_size=20, unique_by=lambda launch: launch.job_id), st.integers(1, 8), st.randoms())
def test_the_order_in_which_jobs_are_learnt_makes_no_difference(
    jobs: list[LaunchTime], most: int, chance: Random
) -> None:
    kept = remember((), jobs, most)
    shuffled = sorted(jobs, key=lambda _: chance.random())
    one_by_one: tuple[LaunchTime, ...] = ()
    for launch in shuffled:
        one_by_one = remember(one_by_one, [launch], most)
    assert one_by_one == kept


@pytest.mark.parametrize(
    ("disks", "size"),
    [
        ([], ServerSize.UNKNOWN),
        ([30 * GIB, 98 * GIB], ServerSize.SMALL),
        ([30 * GIB, 99 * GIB], ServerSize.MEDIUM),
        ([1025 * GIB], ServerSize.LARGE),
    ],
)
def test_the_size_is_that_of_all_disks(disks: list[int], size: ServerSize) -> None:
    assert size_of(disks) is size
