"""When waves start: never before what they need, never after a reason not to."""

from datetime import timedelta
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.plans.plans import OnFailure
from chalicelib.domain.runs.records import ExecutionStatus, WaveRun, WaveStatus
from chalicelib.domain.runs.release import ReleaseKind, decide_release, ready_since
from tests.unit.domain.records import NOON, a_wave, after, an_execution

OVER = [status for status in WaveStatus if status.is_final]
FAILED = [WaveStatus.FAILED, WaveStatus.TIMED_OUT]
ENDED_WELL = [WaveStatus.COMPLETED, WaveStatus.SKIPPED]


def _by_number(*waves: WaveRun) -> dict[int, WaveRun]:
    return {wave.wave_number: wave for wave in waves}


def _decide(wave: WaveRun, *others: WaveRun, **execution: object) -> ReleaseKind:
    return decide_release(wave, _by_number(wave, *others), an_execution(**execution), after(0)).kind


@st.composite
def graphs(draw: st.DrawFn) -> list[WaveRun]:
    """Waves in any state, each depending on some of those before it."""
    count = draw(st.integers(1, 12))
    waves = []
    for number in range(1, count + 1):
        needs = draw(st.sets(st.integers(1, number - 1), max_size=4)) if number > 1 else set()
        status, policy = draw(st.sampled_from(WaveStatus)), draw(st.sampled_from(OnFailure))
        waves.append(a_wave(number, *sorted(needs), status=status, on_failure=policy))
    return waves


@given(graphs(), st.sampled_from(ExecutionStatus), st.sampled_from(["", "Wave 1 failed."]))
def test_no_wave_starts_before_everything_it_needs_has_ended(
    waves: list[WaveRun], status: ExecutionStatus, stop: str
) -> None:
    execution = an_execution(status=status, stop_reason=stop)
    known = _by_number(*waves)
    for wave in waves:
        if wave.status is not WaveStatus.NOT_STARTED:
            continue
        release = decide_release(wave, known, execution, after(0))
        assert release.reason
        if release.kind is ReleaseKind.START:
            needed = [known[number] for number in wave.depends_on]
            assert all(
                other.status in ENDED_WELL or (other.status in FAILED and other.on_failure is OnFailure.CONTINUE)
                for other in needed
            )
            assert not stop
            assert status is ExecutionStatus.IN_PROGRESS


@given(graphs())
def test_every_run_ends_when_its_started_waves_end(waves: list[WaveRun]) -> None:
    """Following the decisions and ending started waves in any way, no wave waits for ever."""
    execution = an_execution()
    known = {wave.wave_number: msgspec.structs.replace(wave, status=WaveStatus.NOT_STARTED) for wave in waves}
    ends = {wave.wave_number: wave.status if wave.status.is_final else WaveStatus.COMPLETED for wave in waves}
    for _ in waves:
        for number, wave in known.items():
            kind = decide_release(wave, known, execution, after(0)).kind
            if kind is ReleaseKind.START:
                known[number] = msgspec.structs.replace(wave, status=ends[number])
            elif kind is ReleaseKind.CANCEL:
                known[number] = msgspec.structs.replace(wave, status=WaveStatus.CANCELLED)
    assert all(wave.status.is_final for wave in known.values())


def test_a_cancelled_wave_cancels_all_that_depend_on_it() -> None:
    chain = [a_wave(1, status=WaveStatus.CANCELLED), a_wave(2, 1), a_wave(3, 2), a_wave(4, 3)]
    known = _by_number(*chain)
    for before, behind in pairwise(chain):
        release = decide_release(known[behind.wave_number], known, an_execution(), after(0))
        assert release.kind is ReleaseKind.CANCEL
        assert f"Wave {before.wave_number}" in release.reason
        known[behind.wave_number] = msgspec.structs.replace(behind, status=WaveStatus.CANCELLED)


@pytest.mark.parametrize("status", FAILED)
def test_a_failed_wave_lets_others_start_only_with_continue(status: WaveStatus) -> None:
    verdicts = {policy: _decide(a_wave(2, 1), a_wave(1, status=status, on_failure=policy)) for policy in OnFailure}
    assert verdicts == {
        OnFailure.STOP: ReleaseKind.CANCEL,
        OnFailure.PAUSE: ReleaseKind.CANCEL,
        OnFailure.CONTINUE: ReleaseKind.START,
    }


def test_a_stop_reaches_independent_waves_too() -> None:
    failed = a_wave(1, status=WaveStatus.FAILED, on_failure=OnFailure.STOP)
    release = decide_release(a_wave(2), _by_number(failed), an_execution(stop_reason="Wave 1 is FAILED."), after(0))
    assert (release.kind, release.reason) == (ReleaseKind.CANCEL, "Wave 1 is FAILED.")


def test_a_wave_that_waits_for_a_decision_keeps_its_dependents_waiting() -> None:
    held = a_wave(1, status=WaveStatus.AWAITING_DECISION, on_failure=OnFailure.PAUSE)
    assert _decide(a_wave(2, 1), held) is ReleaseKind.WAIT


def test_a_paused_execution_starts_nothing_and_cancels_nothing() -> None:
    assert _decide(a_wave(1), status=ExecutionStatus.PAUSED) is ReleaseKind.WAIT
    done = a_wave(1, status=WaveStatus.COMPLETED)
    assert _decide(a_wave(2, 1), done, status=ExecutionStatus.PAUSED) is ReleaseKind.WAIT


@pytest.mark.parametrize(
    "status", [status for status in ExecutionStatus if status.is_final] + [ExecutionStatus.CANCELLING]
)
def test_an_execution_that_ends_starts_nothing(status: ExecutionStatus) -> None:
    assert _decide(a_wave(1), status=status) is ReleaseKind.CANCEL


@pytest.mark.parametrize("status", OVER)
def test_a_wave_that_is_over_stays_over(status: WaveStatus) -> None:
    assert _decide(a_wave(1, status=status)) is ReleaseKind.CLOSED


@pytest.mark.parametrize("status", [WaveStatus.QUEUED, WaveStatus.EXECUTING])
def test_a_wave_in_progress_continues_whatever_happens_around_it(status: WaveStatus) -> None:
    other = a_wave(2, status=WaveStatus.FAILED)
    assert _decide(a_wave(1, status=status), other, stop_reason="Wave 2 is FAILED.") is ReleaseKind.START


@given(st.integers(0, 90_000), st.integers(-1_000, 100_000))
def test_a_wave_starts_when_its_delay_is_over_and_not_before(delay: int, tenths: int) -> None:
    ended = a_wave(1, status=WaveStatus.COMPLETED, ended_at=after(60))
    wave, now = a_wave(2, 1, delay_seconds=delay), after(60 + delay + tenths / 10)
    release = decide_release(wave, _by_number(ended, wave), an_execution(), now)
    assert release.kind is (ReleaseKind.START if tenths >= 0 else ReleaseKind.DELAY)
    if release.kind is ReleaseKind.DELAY:
        left = timedelta(seconds=release.delay_seconds)
        assert release.delay_seconds >= 1
        assert decide_release(wave, _by_number(ended, wave), an_execution(), now + left).kind is ReleaseKind.START


@pytest.mark.parametrize("status", [ExecutionStatus.CANCELLING, ExecutionStatus.CANCELLED])
@pytest.mark.parametrize("stop", ["", "Wave 3 was rejected."])
def test_a_delay_does_not_hold_up_a_cancellation(status: ExecutionStatus, stop: str) -> None:
    wave = a_wave(1, delay_seconds=86_400)
    assert _decide(wave, status=status, stop_reason=stop) is ReleaseKind.CANCEL
    assert _decide(wave, stop_reason="Wave 3 was rejected.") is ReleaseKind.CANCEL


def test_a_delay_that_ends_during_a_pause_starts_nothing() -> None:
    wave = a_wave(1, delay_seconds=60)
    paused = an_execution(status=ExecutionStatus.PAUSED)
    assert decide_release(wave, _by_number(wave), paused, after(3_600)).kind is ReleaseKind.WAIT


def test_no_decision_is_awaited_in_an_execution_that_is_cancelled() -> None:
    held = a_wave(1, status=WaveStatus.AWAITING_DECISION, on_failure=OnFailure.PAUSE)
    assert _decide(held) is ReleaseKind.WAIT
    assert _decide(held, status=ExecutionStatus.PAUSED) is ReleaseKind.WAIT
    assert _decide(held, status=ExecutionStatus.CANCELLING) is ReleaseKind.CANCEL


def test_a_wave_is_ready_from_the_last_end_of_what_it_needs() -> None:
    waves = _by_number(
        a_wave(1, status=WaveStatus.COMPLETED, ended_at=after(60)),
        a_wave(2, status=WaveStatus.COMPLETED, ended_at=after(90)),
        a_wave(3, 1, 2),
        a_wave(4),
    )
    assert ready_since(waves[3], waves, an_execution()) == after(90)
    assert ready_since(waves[4], waves, an_execution()) == NOON
