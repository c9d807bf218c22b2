"""How waves and executions end: as the servers did."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.executions import ExecutionStatus, ServerRun, ServerStatus, WaveRun, WaveStatus
from chalicelib.domain.groups import Impact
from chalicelib.domain.outcomes import judge_execution, judge_wave
from tests.unit.domain.records import a_server, a_wave

FINAL_SERVER = [status for status in ServerStatus if status.is_final]
FINAL_WAVE = [status for status in WaveStatus if status.is_final]

server_lists = st.lists(st.tuples(st.sampled_from(FINAL_SERVER), st.sampled_from(Impact)), max_size=30).map(
    lambda pairs: [a_server(number, status=status, impact=impact) for number, (status, impact) in enumerate(pairs)]
)
shares = st.none() | st.integers(0, 100)


@given(server_lists, shares, st.booleans())
def test_no_wave_is_completed_with_a_failed_critical_server(
    servers: list[ServerRun], share: int | None, timed_out: bool
) -> None:
    outcome = judge_wave(servers, min_success_percent=share, timed_out=timed_out)
    lost = [run for run in servers if run.status is ServerStatus.FAILED and run.impact is Impact.CRITICAL]
    assert outcome.status in {WaveStatus.COMPLETED, WaveStatus.FAILED, WaveStatus.TIMED_OUT}
    assert not (lost and outcome.status is WaveStatus.COMPLETED)
    assert outcome.launched == sum(run.status.has_launched for run in servers)
    assert outcome.failed == sum(run.status is ServerStatus.FAILED for run in servers)
    if outcome.status is not WaveStatus.COMPLETED:
        assert (outcome.status is WaveStatus.TIMED_OUT) == timed_out


@given(
    st.lists(st.sampled_from(FINAL_WAVE), min_size=1),
    st.booleans(),
    st.integers(0, 3),
    st.sampled_from(["", "it broke"]),
)
def test_no_execution_is_completed_with_anything_missing(
    statuses: list[WaveStatus], cancelling: bool, excluded: int, error: str
) -> None:
    waves = [
        a_wave(number, status=status, server_count=2, launched_count=2 if status is WaveStatus.COMPLETED else 0)
        for number, status in enumerate(statuses, 1)
    ]
    outcome = judge_execution(waves, cancelling=cancelling, excluded_critical=excluded, error=error)
    launched = sum(wave.launched_count for wave in waves)
    whole = all(status in {WaveStatus.COMPLETED, WaveStatus.SKIPPED} for status in statuses)
    if cancelling:
        assert outcome.status is ExecutionStatus.CANCELLED
    elif whole and not excluded and not error:
        assert outcome.status is ExecutionStatus.COMPLETED
    else:
        assert outcome.status is (ExecutionStatus.PARTIAL if launched else ExecutionStatus.FAILED)
    assert error in outcome.reason or cancelling


def test_a_completed_run_says_which_waves_were_skipped() -> None:
    waves = [
        a_wave(1, status=WaveStatus.COMPLETED, server_count=1, launched_count=1),
        a_wave(2, status=WaveStatus.SKIPPED),
    ]
    outcome = judge_execution(waves, cancelling=False, excluded_critical=0)
    assert outcome.status is ExecutionStatus.COMPLETED
    assert outcome.reason.startswith("Wave(s) 2 skipped by an operator, all others ended well;")


def test_a_failed_optional_server_is_told_and_passed_over() -> None:
    servers = [
        a_server(1, status=ServerStatus.LAUNCHED),
        a_server(2, status=ServerStatus.FAILED, impact=Impact.OPTIONAL, hostname="report-desk-1"),
    ]
    outcome = judge_wave(servers, min_success_percent=None, timed_out=False)
    assert (outcome.status, outcome.launched, outcome.failed) == (WaveStatus.COMPLETED, 1, 1)
    assert "report-desk-1" in outcome.reason


@pytest.mark.parametrize(("share", "status"), [(50, WaveStatus.COMPLETED), (51, WaveStatus.FAILED)])
def test_the_share_that_the_plan_demands_counts_all_servers(share: int, status: WaveStatus) -> None:
    servers = [
        a_server(1, status=ServerStatus.LAUNCHED),
        a_server(2, status=ServerStatus.FAILED, impact=Impact.OPTIONAL),
    ]
    assert judge_wave(servers, min_success_percent=share, timed_out=False).status is status


def test_a_reason_names_a_few_servers_and_counts_the_others() -> None:
    servers = [a_server(number, status=ServerStatus.FAILED) for number in range(40)]
    reason = judge_wave(servers, min_success_percent=None, timed_out=False).reason
    assert "host-0" in reason
    assert "35 more" in reason
    assert len(reason) < 200


def test_critical_servers_left_out_at_the_start_make_the_run_partial() -> None:
    waves = [a_wave(1, status=WaveStatus.COMPLETED, server_count=2, launched_count=1)]
    assert _ended(waves, excluded=1) is ExecutionStatus.PARTIAL
    assert _ended(waves, excluded=0) is ExecutionStatus.COMPLETED


def test_a_run_that_launched_nothing_has_failed() -> None:
    waves = [a_wave(1, status=WaveStatus.FAILED, server_count=2), a_wave(2, 1, status=WaveStatus.CANCELLED)]
    assert _ended(waves) is ExecutionStatus.FAILED
    some = [msgspec.structs.replace(waves[0], launched_count=1), waves[1]]
    assert _ended(some) is ExecutionStatus.PARTIAL


def _ended(waves: list[WaveRun], excluded: int = 0) -> ExecutionStatus:
    return judge_execution(waves, cancelling=False, excluded_critical=excluded).status
