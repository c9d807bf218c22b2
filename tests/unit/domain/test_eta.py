"""The end of a run, forecast from what has happened: exact where times are, a range else, and withheld for people."""

from collections.abc import Sequence
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.estate.accounts import Place
from chalicelib.domain.estate.servers import OperatingSystem
from chalicelib.domain.launches.eta import RunForecast, forecast_run
from chalicelib.domain.launches.rest import OVERDUE_SHARE
from chalicelib.domain.runs.counts import ServerCounts
from chalicelib.domain.runs.launches_ahead import launches_ahead
from chalicelib.domain.runs.records import ExecutionStatus, JobRun, JobStatus, WaveRun, WaveStatus
from tests.unit.domain.records import NOON, a_job, a_wave, after, an_execution

HERE = Place("222233334444", "us-east-1")


def a_wave_of(count: int, number: int = 1, *needs: int, seconds: float = 540.0, **fields: Any) -> WaveRun:
    launches = launches_ahead((HERE, OperatingSystem.LINUX, seconds) for _ in range(count))
    return a_wave(number, *needs, server_count=count, launches=launches, **fields)


def forecast(waves: Sequence[WaveRun], *jobs: JobRun, at: float = 0, **fields: Any) -> RunForecast:
    execution = an_execution(server_count=sum(wave.server_count for wave in waves), **fields)
    return forecast_run(execution, waves, jobs, after(at), Random(1))


def left(found: RunForecast) -> float:
    assert found.end_at is not None
    return (found.end_at - found.made_at).total_seconds()


def test_the_planned_time_stays_and_the_end_moves_with_what_happens() -> None:
    waiting = [a_wave_of(4), a_wave_of(4, 2, 1)]
    before = forecast(waiting)
    assert before.planned_p50_seconds is not None
    assert before.planned_p90_seconds is not None
    assert 2 * 540 * 0.97 < before.planned_p50_seconds < before.planned_p90_seconds
    assert before.end_at is not None
    assert before.critical_path == (1, 2)
    over = a_wave_of(4, status=WaveStatus.COMPLETED, started_at=NOON, ended_at=after(300))
    faster = forecast([over, a_wave_of(4, 2, 1)], at=300)
    assert faster.planned_p50_seconds == before.planned_p50_seconds
    assert left(faster) < left(before)
    assert faster.critical_path == (2,)


def test_a_running_job_needs_what_it_has_left_and_an_overdue_one_a_little_more() -> None:
    wave = a_wave_of(2, status=WaveStatus.EXECUTING, started_at=NOON)
    job = a_job(servers=("s-1", "s-2"), job_started_at=NOON, status=JobStatus.STARTED)
    early, late = (forecast([wave], job, at=at) for at in (10, 400))
    assert left(late) < left(early)
    overdue = forecast([wave], job, at=10_000)
    assert OVERDUE_SHARE * 500 < left(overdue) < OVERDUE_SHARE * 580
    assert overdue.earliest_at == overdue.end_at == overdue.latest_at


def test_what_does_not_fit_into_the_quota_waits() -> None:
    fits, waits = forecast([a_wave_of(400)]), forecast([a_wave_of(900)])
    assert left(waits) > 1.5 * left(fits)


def test_a_wave_whose_jobs_have_ended_launches_nothing_more() -> None:
    wave = a_wave_of(2, status=WaveStatus.VALIDATING, started_at=NOON)
    job = a_job(servers=("s-1", "s-2"), job_started_at=NOON, job_ended_at=after(500), status=JobStatus.COMPLETED)
    assert left(forecast([wave], job, at=510)) == 0


def test_a_retry_launches_only_those_that_are_left() -> None:
    counts = ServerCounts(not_started=1, launched=499)
    retried = a_wave_of(500, status=WaveStatus.EXECUTING, attempt=2, counts=counts)
    assert left(forecast([retried])) < left(forecast([a_wave_of(500)]))


def test_the_rest_of_a_delay_counts() -> None:
    waits = a_wave_of(1, delay_seconds=600, ready_at=NOON)
    assert left(forecast([waits], at=0)) - left(forecast([waits], at=200)) == 200


def test_it_is_withheld_where_a_person_or_a_stop_decides_and_says_why() -> None:
    wave = a_wave_of(1)
    assert forecast([wave], status=ExecutionStatus.PAUSED).reason == "no forecast while it is paused"
    assert forecast([wave], status=ExecutionStatus.CANCELLING).reason == "it ends with its last DRS job"
    assert forecast([wave], stop_reason="Wave 1 failed.").reason == "no further wave starts"
    asked = a_wave_of(1, status=WaveStatus.AWAITING_APPROVAL)
    assert forecast([asked]).reason == "no forecast until a person has decided"
    assert forecast([asked]).end_at is None
    ended = forecast([a_wave_of(1, status=WaveStatus.COMPLETED)], status=ExecutionStatus.COMPLETED)
    assert (ended.end_at, ended.reason) == (None, "")
    assert ended.planned_p50_seconds


def test_a_run_that_is_older_than_forecasts_has_none() -> None:
    old = forecast([a_wave(1, server_count=3)])
    assert (old.end_at, old.planned_p50_seconds) == (None, None)
    assert old.reason == "no forecast: the execution is older than forecasts"


@settings(max_examples=8, deadline=None)
@given(st.lists(st.integers(0, 40), min_size=1, max_size=3), st.floats(0, 3_000))
def test_the_range_holds_the_end_and_the_same_run_has_the_same_forecast(counts: list[int], at: float) -> None:
    waves = [
        a_wave_of(count, number, *([number - 1] if number > 1 else [])) for number, count in enumerate(counts, start=1)
    ]
    found = forecast(waves, at=at)
    assert found == forecast(waves, at=at)
    assert found.earliest_at is not None
    assert found.latest_at is not None
    assert found.made_at <= found.earliest_at <= (found.end_at or NOON) <= found.latest_at
