"""When to poll again: rarely while nothing can happen, within seconds when it can."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.estate.quotas import JOBS_IN_PROGRESS
from chalicelib.domain.estate.servers import OperatingSystem
from chalicelib.domain.runs.pace import (
    FASTEST_JOB_SECONDS,
    TYPICAL_JOB_SECONDS,
    OpenJob,
    expected_seconds,
    next_poll_seconds,
)
from chalicelib.domain.runs.wakes import MAX_WAKES
from tests.unit.domain.records import NOON, a_wave, after

LOOP_EVENTS = 18
"""A task that waits for a token: six; two Lambda tasks of five events each; Choice entered and exited."""

HISTORY_EVENTS = 25_000 - MAX_WAKES * LOOP_EVENTS
"""What Step Functions allows, without the polls that events add."""

DAY = 86_400.0
EACH_SYSTEM = pytest.mark.parametrize("system", OperatingSystem)


def _job(
    system: OperatingSystem = OperatingSystem.LINUX, *, started: float = 0.0, servers_ended: float | None = None
) -> OpenJob:
    return OpenJob(after(started), frozenset({system}), None if servers_ended is None else after(servers_ended))


def _wait(*jobs: OpenJob, at: float, queued: bool = False, attempt: int = 1, pace: float = 1.0) -> int:
    return next_poll_seconds(jobs, queued=queued, attempt=attempt, pace=pace, attempt_began_at=NOON, now=after(at))


def _loops(jobs_at: Callable[[float], list[OpenJob]], *, until: float, queued: bool = False, attempt: int = 1) -> int:
    """How often a wave is polled from its start until then."""
    at, loops = 0.0, 0
    while at < until:
        at += _wait(*jobs_at(at), at=at, queued=queued, attempt=attempt)
        loops += 1
    return loops


@given(
    st.lists(st.tuples(st.sampled_from(OperatingSystem), st.floats(0, DAY), st.none() | st.floats(0, DAY)), max_size=5),
    st.booleans(),
    st.integers(1, 3),
    st.floats(0.1, 10_000),
    st.floats(0, DAY),
)
def test_a_wait_is_whole_seconds_and_at_least_one(
    jobs: list[tuple[OperatingSystem, float, float | None]], queued: bool, attempt: int, pace: float, at: float
) -> None:
    made = [_job(system, started=started, servers_ended=ended) for system, started, ended in jobs]
    wait = _wait(*made, at=at, queued=queued, attempt=attempt, pace=pace)
    assert isinstance(wait, int)
    assert 1 <= wait <= DAY


@EACH_SYSTEM
@pytest.mark.parametrize("pace", [1.0, 60.0])
def test_the_end_is_seen_within_five_seconds(system: OperatingSystem, pace: float) -> None:
    fastest, typical = FASTEST_JOB_SECONDS[system] / pace, TYPICAL_JOB_SECONDS[system] / pace
    for step in range(100):
        at = fastest + (1.2 * typical - fastest) * step / 100
        assert _wait(_job(system), at=at, pace=pace) <= 5
        assert _wait(_job(system), at=at, pace=pace, attempt=2) <= 5
        assert _wait(_job(system, servers_ended=at - 5), at=at, pace=pace) == 1
        assert _wait(_job(system, servers_ended=at - 5), at=at, pace=pace, attempt=2) == 1


@EACH_SYSTEM
def test_polls_are_rare_before_anything_can_have_ended(system: OperatingSystem) -> None:
    fastest = FASTEST_JOB_SECONDS[system]
    assert _wait(_job(system), at=0) == 30
    for at in range(0, round(fastest), 10):
        assert at + _wait(_job(system), at=at) <= fastest + 5, "no poll may come long after the first end"
    assert _loops(lambda _: [_job(system)], until=fastest) <= fastest / 30 + 3


def test_the_job_that_may_end_first_decides() -> None:
    old, young = _job(started=0), _job(started=290)
    assert _wait(old, young, at=300) == _wait(old, at=300)


def test_a_queue_is_polled_every_ten_seconds_and_faster_where_drs_is_faster() -> None:
    assert _wait(at=0, queued=True) == 10
    assert _wait(at=0, queued=True, pace=100) == 2


@EACH_SYSTEM
def test_days_of_a_job_that_never_ends_fit_into_one_workflow_over_three_attempts(system: OperatingSystem) -> None:
    loops = sum(_loops(lambda _: [_job(system)], until=DAY, attempt=attempt) for attempt in (1, 2, 3))
    assert loops * LOOP_EVENTS < HISTORY_EVENTS


@EACH_SYSTEM
@pytest.mark.parametrize("queued", [True, False])
@pytest.mark.parametrize("attempt", [1, 2, 3])
def test_a_day_of_jobs_one_after_the_other_fits_into_one_workflow(
    system: OperatingSystem, queued: bool, attempt: int
) -> None:
    """The worst case: a wave that for a whole day always has a job about to end, and always as many as DRS takes."""
    between_ends = TYPICAL_JOB_SECONDS[system] / JOBS_IN_PROGRESS

    def always_about_to_end(at: float) -> list[OpenJob]:
        last_end = at // between_ends * between_ends
        ending = [_job(system, started=max(0.0, at - TYPICAL_JOB_SECONDS[system]), servers_ended=last_end)]
        return [*ending, _job(system, started=max(0.0, at - TYPICAL_JOB_SECONDS[system]))]

    loops = _loops(always_about_to_end, until=DAY, queued=queued, attempt=attempt)
    assert loops * LOOP_EVENTS < HISTORY_EVENTS


@pytest.mark.parametrize("attempt", [1, 2, 3])
def test_a_day_in_the_queue_fits_into_one_workflow(attempt: int) -> None:
    assert _loops(lambda _: [], until=DAY, queued=True, attempt=attempt) * LOOP_EVENTS < HISTORY_EVENTS


def test_the_slowest_system_decides_what_is_expected() -> None:
    assert expected_seconds([], 1) == 0
    assert expected_seconds([OperatingSystem.LINUX], 1) < expected_seconds(list(OperatingSystem), 1)
    assert timedelta(seconds=expected_seconds(list(OperatingSystem), 60)) == timedelta(seconds=24)


def test_an_attempt_began_its_time_limit_before_its_deadline() -> None:
    retried = a_wave(1, started_at=NOON, attempt=2, timeout_minutes=30, deadline_at=after(90_000))
    assert retried.attempt_began_at == after(90_000 - 1_800)
    assert a_wave(1).attempt_began_at is None
