"""The outcomes of waves and executions follow from those of their servers."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.estate.groups import Impact
from chalicelib.domain.runs.outcomes import judge_execution, judge_wave
from chalicelib.domain.runs.records import ExecutionStatus, ServerRun, ServerStatus, WaveRun, WaveStatus
from tests.unit.domain.records import a_server, a_wave

ANY_SERVER = list(ServerStatus)
FINAL_WAVE = [status for status in WaveStatus if status.is_final]

server_lists = st.lists(st.tuples(st.sampled_from(ANY_SERVER), st.sampled_from(Impact)), max_size=30).map(
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
    assert outcome.launched or outcome.status is not WaveStatus.COMPLETED, "nothing launched is never COMPLETED"
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
    elif launched and whole and not excluded and not error:
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
    assert outcome.reason.startswith("Wave 2 skipped by an operator, all others completed;")


def test_a_failed_optional_server_is_reported_and_does_not_fail_the_wave() -> None:
    servers = [
        a_server(1, status=ServerStatus.LAUNCHED),
        a_server(2, status=ServerStatus.FAILED, impact=Impact.OPTIONAL, hostname="report-desk-1"),
    ]
    outcome = judge_wave(servers, min_success_percent=None, timed_out=False)
    assert (outcome.status, outcome.launched, outcome.failed) == (WaveStatus.COMPLETED, 1, 1)
    assert "report-desk-1" in outcome.reason


@pytest.mark.parametrize(("share", "status"), [(50, WaveStatus.COMPLETED), (51, WaveStatus.FAILED)])
def test_the_share_that_the_plan_requires_counts_all_servers(share: int, status: WaveStatus) -> None:
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


def test_critical_servers_excluded_at_the_start_make_the_run_partial() -> None:
    waves = [a_wave(1, status=WaveStatus.COMPLETED, server_count=2, launched_count=1)]
    assert _ended(waves, excluded=1) is ExecutionStatus.PARTIAL
    assert _ended(waves, excluded=0) is ExecutionStatus.COMPLETED


def test_a_run_that_launched_nothing_has_failed() -> None:
    waves = [a_wave(1, status=WaveStatus.FAILED, server_count=2), a_wave(2, 1, status=WaveStatus.CANCELLED)]
    assert _ended(waves) is ExecutionStatus.FAILED
    some = [msgspec.structs.replace(waves[0], launched_count=1), waves[1]]
    assert _ended(some) is ExecutionStatus.PARTIAL


@pytest.mark.parametrize(
    ("servers", "text"),
    [
        ([("FAILED", "OPTIONAL"), ("FAILED", "OPTIONAL")], "2 OPTIONAL servers did not launch: host-0, host-1"),
        ([("EXCLUDED", "CRITICAL"), ("EXCLUDED", "OPTIONAL")], "2 servers excluded at the start"),
        ([("EXCLUDED", "CRITICAL"), ("FAILED", "OPTIONAL")], "1 server excluded at the start; 1 OPTIONAL server"),
        ([("EXCLUDED", "CRITICAL")], "1 server excluded at the start"),
        ([], "no server was left to launch"),
    ],
)
def test_a_wave_of_which_nothing_launched_has_failed(servers: list[tuple[str, str]], text: str) -> None:
    runs = [
        a_server(number, status=ServerStatus(status), impact=Impact(impact))
        for number, (status, impact) in enumerate(servers)
    ]
    outcome = judge_wave(runs, min_success_percent=None, timed_out=False)
    assert outcome.status is WaveStatus.FAILED
    assert outcome.reason.startswith("Nothing launched: ")
    assert text in outcome.reason


def test_an_excluded_critical_server_does_not_fail_a_wave_of_which_others_launched() -> None:
    servers = [a_server(1, status=ServerStatus.EXCLUDED), a_server(2, status=ServerStatus.LAUNCHED)]
    assert judge_wave(servers, min_success_percent=None, timed_out=False).status is WaveStatus.COMPLETED


@given(st.integers(1, 400), st.integers(0, 400), st.integers(1, 100))
def test_a_missed_share_is_never_reported_as_the_required_share(total: int, part: int, demand: int) -> None:
    """399 of 400 are not reported as the 100 % that the plan requires."""
    launched = min(part, total)
    servers = [
        a_server(
            number, impact=Impact.OPTIONAL, status=ServerStatus.LAUNCHED if number < launched else ServerStatus.FAILED
        )
        for number in range(total)
    ]
    outcome = judge_wave(servers, min_success_percent=demand, timed_out=False)
    if launched and outcome.status is WaveStatus.FAILED:
        reported, required = (int(words.split(" %")[0].split()[-1]) for words in outcome.reason.split(";"))
        assert reported < required == demand


def test_a_launch_that_has_not_ended_has_neither_launched_nor_failed() -> None:
    servers = [a_server(1, status=ServerStatus.LAUNCHED), a_server(2, status=ServerStatus.LAUNCHING)]
    outcome = judge_wave(servers, min_success_percent=None, timed_out=True)
    assert (outcome.status, outcome.launched, outcome.failed) == (WaveStatus.TIMED_OUT, 1, 0)


def test_a_run_whose_waves_were_all_skipped_has_launched_nothing() -> None:
    assert _ended([a_wave(1, status=WaveStatus.SKIPPED)]) is ExecutionStatus.FAILED


def _ended(waves: list[WaveRun], excluded: int = 0) -> ExecutionStatus:
    return judge_execution(waves, cancelling=False, excluded_critical=excluded).status
