"""How long a run took, how much of it was in DRS, and its critical path."""

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.runs.records import JobRun, WaveRun
from chalicelib.domain.runs.timing import RunTiming, measure
from tests.unit.domain.records import NOON, a_job, a_wave, after, an_execution


def _wave(number: int, *needs: int, ready: float = 0, ended: float | None = None, delay: int = 0) -> WaveRun:
    end = None if ended is None else after(ended)
    return a_wave(number, *needs, ready_at=after(ready), started_at=after(ready), ended_at=end, delay_seconds=delay)


def _job(wave: int, start: float, end: float | None, chunk: int = 0) -> JobRun:
    ended = None if end is None else after(end)
    return a_job(chunk, wave_number=wave, job_started_at=after(start), job_ended_at=ended)


def _measure(waves: list[WaveRun], *jobs: JobRun, ended: float | None = None) -> RunTiming:
    return measure(an_execution(ended_at=None if ended is None else after(ended)), waves, jobs)


def test_jobs_side_by_side_count_once() -> None:
    timing = _measure([_wave(1, ended=305)], _job(1, 2, 200), _job(1, 100, 300, 1), _job(1, 150, 160, 2))
    assert timing.waves[0].drs_seconds == 298
    assert timing.waves[0].actual_seconds == 305
    assert timing.waves[0].overhead_seconds == 7


def test_the_gap_between_jobs_is_overhead() -> None:
    timing = _measure([_wave(1, ended=300)], _job(1, 0, 100), _job(1, 110, 300, 1))
    assert timing.waves[0].overhead_seconds == 10


def test_a_configured_delay_is_not_overhead_and_is_on_the_path() -> None:
    timing = _measure(
        [_wave(1, ended=100), _wave(2, 1, ready=100, ended=262, delay=60)], _job(1, 1, 99), _job(2, 161, 261)
    )
    assert timing.waves[1].overhead_seconds == 2
    assert timing.critical_path == (1, 2)
    assert timing.critical_path_seconds == 98 + 100 + 60


def test_the_critical_path_is_the_longest_chain_by_drs_time() -> None:
    waves = [
        _wave(1, ended=100),
        _wave(2, ended=400),
        _wave(3, 1, ready=100, ended=250),
        _wave(4, 2, 3, ready=400, ended=450),
    ]
    timing = _measure(waves, _job(1, 0, 100), _job(2, 0, 400), _job(3, 100, 250), _job(4, 400, 450), ended=455)
    assert timing.critical_path == (2, 4)
    assert timing.critical_path_seconds == 450
    assert timing.total_seconds == 455


def test_a_run_in_progress_is_measured_without_guessing() -> None:
    waves = [_wave(1, ended=100), _wave(2, 1, ready=100), a_wave(3, 2)]
    timing = _measure(waves, _job(1, 0, 99), _job(2, 101, None))
    assert timing.total_seconds is None
    assert [wave.actual_seconds for wave in timing.waves] == [100, None, None]
    assert [wave.overhead_seconds for wave in timing.waves] == [1, None, None]


def test_a_wave_that_never_started_takes_no_time() -> None:
    cancelled = a_wave(2, 1, ended_at=after(50), delay_seconds=600)
    timing = _measure([_wave(1, ended=50), cancelled], _job(1, 0, 49), ended=51)
    assert timing.waves[1].actual_seconds is None
    assert timing.critical_path_seconds == 49


spans = st.tuples(st.integers(0, 500), st.integers(0, 500)).map(sorted)


@given(st.lists(spans, max_size=8))
def test_drs_time_is_the_union_of_the_jobs(intervals: list[list[int]]) -> None:
    jobs = [_job(1, start, end, chunk) for chunk, (start, end) in enumerate(intervals)]
    seconds = {second for start, end in intervals for second in range(start, end)}
    timing = _measure([_wave(1, ended=500)], *jobs)
    assert timing.waves[0].drs_seconds == len(seconds)
    assert timing.waves[0].overhead_seconds == 500 - len(seconds)
    assert timing.critical_path_seconds <= 500
    assert an_execution().started_at == NOON
