"""What the watchdog decides: lost runs are started again, but not for ever; others are left alone."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.runs.records import Execution, ExecutionStatus, WaveRun, WaveStatus
from chalicelib.domain.runs.watch import (
    MAX_RUNS,
    SILENT_AFTER,
    UNSTARTED_AFTER,
    WatchVerdict,
    WorkflowState,
    decide_watch,
    is_over_time,
    overdue_approval,
    workflow_name,
)
from tests.unit.domain.records import NOON, a_wave, after, an_execution

LATE = timedelta(seconds=1)


def verdict(
    execution: Execution, *waves: WaveRun, tokens: tuple[int, ...] = (), state: str = "RUNNING", now: Any = NOON
) -> WatchVerdict:
    by_number = {wave.wave_number: wave for wave in waves}
    return decide_watch(execution, by_number, tokens, WorkflowState(state), now).verdict


@pytest.mark.parametrize("status", [WaveStatus.QUEUED, WaveStatus.EXECUTING, WaveStatus.VALIDATING])
def test_a_wave_without_an_outcome_after_its_limit_is_restarted(status: WaveStatus) -> None:
    wave = a_wave(status=status, deadline_at=NOON)
    assert verdict(an_execution(), wave, now=NOON + SILENT_AFTER) is WatchVerdict.GO_ON
    assert verdict(an_execution(), wave, now=NOON + SILENT_AFTER + LATE) is WatchVerdict.RESTART
    paused = an_execution(status=ExecutionStatus.PAUSED)
    assert verdict(paused, wave, now=NOON + SILENT_AFTER + LATE) is WatchVerdict.GO_ON


@pytest.mark.parametrize("status", [WaveStatus.NOT_STARTED, WaveStatus.AWAITING_APPROVAL])
def test_a_wave_that_may_start_and_does_not_is_restarted(status: WaveStatus) -> None:
    wave = a_wave(status=status, approved_by="Ada", approval_required=True, approved_at=NOON, delay_seconds=60)
    late = after(60) + UNSTARTED_AFTER + LATE
    assert verdict(an_execution(), wave, now=late - 2 * LATE) is WatchVerdict.GO_ON
    assert verdict(an_execution(), wave, now=late) is WatchVerdict.RESTART
    assert verdict(an_execution(), wave, tokens=(1,), now=late) is WatchVerdict.GO_ON, "its release is repaired"
    begun_again = an_execution(running_since=late)
    assert verdict(begun_again, wave, now=late) is WatchVerdict.GO_ON


def test_a_wave_that_waits_for_others_or_for_people_is_left_alone() -> None:
    late = NOON + timedelta(days=2)
    first = a_wave(1, status=WaveStatus.EXECUTING, deadline_at=late)
    assert verdict(an_execution(), first, a_wave(2, 1), now=late) is WatchVerdict.GO_ON
    waiting = a_wave(status=WaveStatus.AWAITING_APPROVAL, approval_required=True)
    assert verdict(an_execution(), waiting, now=late) is WatchVerdict.GO_ON
    assert verdict(an_execution(), a_wave(status=WaveStatus.AWAITING_DECISION), now=late) is WatchVerdict.GO_ON


def test_a_lost_state_machine_is_started_again_but_not_for_ever() -> None:
    assert verdict(an_execution(), state="ENDED") is WatchVerdict.RESTART
    assert verdict(an_execution(workflow_run=MAX_RUNS), state="ENDED") is WatchVerdict.END
    assert verdict(an_execution(status=ExecutionStatus.PAUSED), state="ENDED") is WatchVerdict.RESTART


def test_a_start_gets_some_time_before_it_counts_as_failed() -> None:
    created = an_execution(status=ExecutionStatus.CREATED)
    assert verdict(created, a_wave(), state="GONE", now=after(119)) is WatchVerdict.GO_ON
    assert verdict(created, a_wave(), state="GONE", now=after(121)) is WatchVerdict.START
    assert verdict(an_execution(), a_wave(), state="GONE") is WatchVerdict.START


def test_runs_of_one_execution_have_different_names() -> None:
    assert [workflow_name("exec-1", run) for run in (1, 2, 3)] == ["exec-1", "exec-1-r2", "exec-1-r3"]


def test_an_approval_is_overdue_from_the_last_resume_on() -> None:
    hour = timedelta(hours=1)
    waiting = a_wave(status=WaveStatus.AWAITING_APPROVAL, approval_asked_at=NOON)
    assert overdue_approval(an_execution(), {1: waiting}, hour, after(3600)) is None
    assert overdue_approval(an_execution(), {1: waiting}, hour, after(3601)) == waiting
    assert overdue_approval(an_execution(running_since=after(60)), {1: waiting}, hour, after(3601)) is None
    assert overdue_approval(an_execution(status=ExecutionStatus.PAUSED), {1: waiting}, hour, after(9999)) is None


@pytest.mark.parametrize(
    ("status", "over"),
    [("CREATED", True), ("IN_PROGRESS", True), ("PAUSED", False), ("CANCELLING", False), ("COMPLETED", False)],
)
def test_a_pause_stops_the_clock_of_an_execution(status: str, *, over: bool) -> None:
    execution = an_execution(status=ExecutionStatus(status), deadline_at=NOON)
    assert is_over_time(execution, after(1)) is over
    assert not is_over_time(execution, NOON)
