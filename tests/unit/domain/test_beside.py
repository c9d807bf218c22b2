"""Other executions at the same places: what counts of them, and how they change forecasts."""

from collections.abc import Sequence
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.estate.accounts import Place
from chalicelib.domain.estate.servers import OperatingSystem
from chalicelib.domain.launches.beside import Beside, ExecutionBeside, beside_of, first_in_order
from chalicelib.domain.launches.eta import forecast_run
from chalicelib.domain.launches.forecast import Forecast, forecast_plan
from chalicelib.domain.runs.launches_ahead import launches_ahead
from chalicelib.domain.runs.records import Execution, ExecutionStatus, JobRun, JobStatus, Mode, WaveRun, WaveStatus
from tests.unit.domain.records import NOON, a_job, a_plan, a_wave, after, an_execution
from tests.unit.domain.test_forecast import HERE, servers

ELSEWHERE = Place("333344445555", "us-west-2")
Found = tuple[Execution, Sequence[WaveRun], Sequence[JobRun]]


def a_wave_of(count: int, number: int = 1, *needs: int, place: Place = HERE, **fields: Any) -> WaveRun:
    launches = launches_ahead((place, OperatingSystem.LINUX, 540.0) for _ in range(count))
    return a_wave(number, *needs, server_count=count, launches=launches, **fields)


def an_other(*waves: WaveRun, jobs: Sequence[JobRun] = (), **fields: Any) -> Found:
    known: dict[str, Any] = {"execution_id": "exec-other", "plan_id": "plan-2", "plan_name": "Stock"}
    return an_execution(**known | {"mode": Mode.RECOVERY} | fields), waves, jobs


def beside(*found: Found, at: float = 0) -> Beside:
    return beside_of(found, {HERE}, after(at), "plan-1")


def forecast(count: int, *found: Found, at: float = 0, **fields: Any) -> Forecast:
    return forecast_plan(a_plan(**fields), servers(1, count, 540, kind="LINUX"), Random(1), beside(*found, at=at))


def shown(*found: Found) -> list[tuple[int, int]]:
    return [(each.launching_count, each.waiting_count) for each in beside(*found).executions]


def test_what_launches_and_what_waits_is_said() -> None:
    wave = a_wave_of(10, status=WaveStatus.EXECUTING)
    jobs = [a_job(servers=("s-1", "s-2", "s-3")), a_job(1, servers=("s-4",), status=JobStatus.REFUSED)]
    assert beside(an_other(wave, a_wave_of(5, 2, 1), jobs=jobs)).executions == (
        ExecutionBeside("exec-other", "Stock", Mode.RECOVERY, launching_count=3, waiting_count=12),
    )


@pytest.mark.parametrize(
    ("why", "found"),
    [
        ("elsewhere", an_other(a_wave_of(5, place=ELSEWHERE))),
        ("paused", an_other(a_wave_of(5), status=ExecutionStatus.PAUSED)),
        ("ending", an_other(a_wave_of(5), status=ExecutionStatus.CANCELLING)),
        ("stopped", an_other(a_wave_of(5), stop_reason="Wave 1 failed.")),
        ("for a person", an_other(a_wave_of(5, status=WaveStatus.AWAITING_DECISION), a_wave_of(5, 2, 1))),
        ("for an approval", an_other(a_wave_of(0, approval_required=True), a_wave_of(5, 2, 1), a_wave_of(5, 3, 2))),
        ("ended", an_other(a_wave_of(5, status=WaveStatus.COMPLETED))),
        ("of the same plan", an_other(a_wave_of(5), plan_id="plan-1")),
    ],
)
def test_what_does_not_launch_by_itself_does_not_count(why: str, found: Found) -> None:
    assert not beside(found).executions, why


def test_an_open_job_counts_whatever_became_of_its_execution() -> None:
    wave = a_wave_of(5, status=WaveStatus.CANCELLED)
    job = a_job(servers=("s-1", "s-2"), job_started_at=NOON)
    assert shown(an_other(wave, jobs=[job], status=ExecutionStatus.CANCELLING)) == [(2, 0)]


def test_an_older_or_more_urgent_recovery_goes_first_and_others_do_not() -> None:
    alone = forecast(400).p50_seconds
    whole_place = a_wave_of(500)
    assert forecast(400, an_other(whole_place)).p50_seconds > 1.6 * alone, "the older recovery"
    assert forecast(400, an_other(whole_place), priority=1).p50_seconds == pytest.approx(alone, rel=0.03)
    assert forecast(400, an_other(whole_place, mode=Mode.DRILL)).p50_seconds == pytest.approx(alone, rel=0.03)


def test_a_job_of_a_drill_holds_its_quota_until_it_ends() -> None:
    ids = tuple(f"s-{index}" for index in range(100))
    jobs = [a_job(chunk, servers=ids, job_started_at=NOON) for chunk in range(5)]
    drill = an_other(a_wave_of(500, status=WaveStatus.EXECUTING), jobs=jobs, mode=Mode.DRILL)
    alone, waits, sooner = forecast(100), forecast(100, drill), forecast(100, drill, at=500)
    assert alone.p50_seconds < sooner.p50_seconds < waits.p50_seconds
    assert waits.waves[0].queued_seconds > 500
    assert waits.places[0].bound_by_servers_seconds > 500
    assert waits.critical_path_seconds == alone.critical_path_seconds, "that of the plan itself"
    assert waits.beside[0].launching_count == 500


def test_a_run_that_waits_behind_another_ends_later() -> None:
    mine = a_wave_of(100, status=WaveStatus.QUEUED)
    execution = an_execution(server_count=100, started_at=after(10))

    def ends(*found: Found) -> float:
        made = forecast_run(execution, [mine], [], after(20), Random(1), beside(*found, at=20))
        assert made.end_at is not None
        assert made.critical_path == (1,)
        return (made.end_at - after(20)).total_seconds()

    assert ends(an_other(a_wave_of(500))) > 1.6 * ends()
    assert ends(an_other(a_wave_of(500), started_at=after(15), mode=Mode.DRILL)) < 1.1 * ends()


@settings(max_examples=10, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 300), st.sampled_from(Mode)), max_size=3), st.integers(1, 200))
def test_others_never_make_a_recovery_shorter_and_forecasts_can_be_repeated(
    others: list[tuple[int, Mode]], count: int
) -> None:
    found = [
        an_other(a_wave_of(size), a_wave_of(size, 2, 1), execution_id=f"exec-{index}", mode=mode)
        for index, (size, mode) in enumerate(others)
    ]
    made = forecast(count, *found)
    assert made == forecast(count, *found)
    assert made.p50_seconds >= made.critical_path_seconds
    assert made.p50_seconds >= 0.9 * forecast(count).p50_seconds
    assert [wave.server_count for wave in made.waves] == [count]


def test_where_too_many_run_those_that_go_first_count() -> None:
    drills = [an_execution(execution_id=f"exec-{n:02}", started_at=after(n), mode=Mode.DRILL) for n in range(30)]
    late = an_execution(execution_id="exec-late", started_at=after(99), mode=Mode.RECOVERY, priority=3)
    urgent = an_execution(execution_id="exec-urgent", started_at=after(100), mode=Mode.RECOVERY, priority=1)
    counted = first_in_order([*drills, late, urgent], 4)
    assert [each.execution_id for each in counted] == ["exec-urgent", "exec-late", "exec-00", "exec-01"]
