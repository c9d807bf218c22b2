"""What waves and executions wait for, and the decisions that people have to make."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.plans.plans import ApprovalPolicy
from chalicelib.domain.runs.records import Execution, ExecutionStatus, JobStatus, WaveRun, WaveStatus
from chalicelib.domain.runs.release import WaitKind
from chalicelib.domain.runs.waiting import (
    DECISION_TIME,
    DecisionKind,
    execution_waits_for,
    open_decision,
    wave_waits_for,
)
from chalicelib.domain.runs.watch import overdue_approval
from tests.unit.domain.records import NOON, a_job, a_wave, after, an_execution

HOUR = timedelta(hours=1)
POLICY = ApprovalPolicy(timeout_minutes=60)


def awaiting(**fields: Any) -> WaveRun:
    known = {"status": WaveStatus.AWAITING_APPROVAL, "approval_required": True, "approval_asked_at": NOON}
    return a_wave(1, **known | {"decision_since": NOON, **fields})


def failed(**fields: Any) -> WaveRun:
    known = {"status": WaveStatus.AWAITING_DECISION, "outcome_reason": "1 CRITICAL server did not launch."}
    return a_wave(1, **known | {"decision_since": after(60), **fields})


def kind_of(wave: WaveRun, execution: Execution | None = None, *others: WaveRun) -> WaitKind | None:
    waves = {each.wave_number: each for each in (wave, *others)}
    waiting = wave_waits_for(wave, waves, execution or an_execution())
    return waiting.kind if waiting else None


def test_a_wave_says_what_keeps_it_from_going_on() -> None:
    running, done = a_wave(1, status=WaveStatus.EXECUTING), a_wave(1, status=WaveStatus.COMPLETED, ended_at=after(5))
    paused = an_execution(status=ExecutionStatus.PAUSED)
    assert kind_of(a_wave(2, 1), None, running) is WaitKind.WAVES
    assert kind_of(a_wave(2, 1), None, done) is None
    assert kind_of(a_wave(2, 1), paused, done) is WaitKind.RESUME
    assert kind_of(a_wave(2, 1, delay_seconds=60), None, done) is WaitKind.DELAY
    assert kind_of(a_wave(2, 1, approval_required=True), None, done) is WaitKind.APPROVAL
    assert kind_of(awaiting()) is WaitKind.APPROVAL
    assert kind_of(failed()) is WaitKind.DECISION
    assert kind_of(running, paused) is WaitKind.RESUME
    assert kind_of(running) is None
    assert kind_of(a_wave(1, status=WaveStatus.QUEUED, waiting={"a/b": "500 servers in jobs"})) is WaitKind.CAPACITY
    assert kind_of(done) is None


def test_a_delay_ends_at_a_known_time_whenever_it_is_asked() -> None:
    done = a_wave(1, status=WaveStatus.COMPLETED, ended_at=after(30))
    waiting = wave_waits_for(a_wave(2, 1, delay_seconds=60), {1: done}, an_execution())
    assert waiting is not None
    assert waiting.until == after(90)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (ExecutionStatus.CREATED, WaitKind.START),
        (ExecutionStatus.PAUSED, WaitKind.RESUME),
        (ExecutionStatus.CANCELLING, WaitKind.JOBS),
        (ExecutionStatus.IN_PROGRESS, None),
        (ExecutionStatus.COMPLETED, None),
    ],
)
def test_an_execution_says_what_keeps_it_from_going_on(status: ExecutionStatus, kind: WaitKind | None) -> None:
    waiting = execution_waits_for(an_execution(status=status), [])
    assert (waiting and waiting.kind) == kind


def test_a_paused_execution_says_why_and_a_cancelled_one_how_many_jobs_are_left() -> None:
    paused = an_execution(status=ExecutionStatus.PAUSED, pause_reason="The execution was paused by Ada.")
    cancelling = an_execution(status=ExecutionStatus.CANCELLING)
    jobs = [a_job(0), a_job(1), a_job(2, status=JobStatus.COMPLETED)]
    waits = execution_waits_for(paused, []), execution_waits_for(cancelling, jobs)
    assert [wait.text for wait in waits if wait] == [
        "The execution was paused by Ada.",
        "It is being cancelled. 2 DRS jobs still to end.",
    ]


def test_an_approval_that_is_not_given_pauses_the_execution_at_the_time_that_is_shown() -> None:
    wave, execution = awaiting(), an_execution(approval=POLICY, running_since=after(60))
    decision = open_decision(execution, wave)
    assert decision is not None
    assert (decision.kind, decision.since, decision.until) == (DecisionKind.APPROVAL, NOON, after(60) + HOUR)
    assert "paused" in decision.otherwise
    assert overdue_approval(execution, {1: wave}, HOUR, decision.until or NOON) is None
    assert overdue_approval(execution, {1: wave}, HOUR, after(61) + HOUR) is wave
    waiting = wave_waits_for(wave, {1: wave}, execution)
    assert waiting is not None
    assert waiting.until == decision.until


def test_a_decision_says_what_happens_first_without_it() -> None:
    limited = an_execution(approval=POLICY, deadline_at=after(30))
    for wave in (awaiting(), failed()):
        decision = open_decision(limited, wave)
        assert decision is not None
        assert decision.until == after(30)
        assert "TIMED_OUT" in decision.otherwise
    waits = open_decision(an_execution(), failed())
    assert waits is not None
    assert (waits.kind, waits.since, waits.until) == (DecisionKind.FAILED_WAVE, after(60), after(60) + DECISION_TIME)
    assert "1 CRITICAL server did not launch." in waits.text
    paused = open_decision(
        an_execution(status=ExecutionStatus.PAUSED, approval=POLICY, deadline_at=after(9)), awaiting()
    )
    assert paused is not None
    assert paused.until is None
    assert "while the execution is paused" in paused.otherwise
    held = open_decision(an_execution(status=ExecutionStatus.PAUSED), failed())
    assert held is not None
    assert held.until == after(60) + DECISION_TIME, "the state machine's time goes on during a pause"


def test_nothing_is_to_be_decided_on_what_is_decided_or_stopped() -> None:
    assert open_decision(an_execution(), awaiting(approved_by="Ada")) is None
    assert open_decision(an_execution(), a_wave(1, status=WaveStatus.EXECUTING)) is None
    assert open_decision(an_execution(status=ExecutionStatus.CANCELLING), failed()) is None


def test_records_that_are_older_than_the_policy_show_a_decision_without_its_deadline() -> None:
    decision = open_decision(an_execution(approval=None), awaiting(decision_since=None))
    assert decision is not None
    assert (decision.since, decision.until) == (NOON, None)
