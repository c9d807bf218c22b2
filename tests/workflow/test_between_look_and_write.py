"""A function respects what happens between its read and its write."""

from typing import Any

import pytest

from chalicelib.domain.runs.records import ExecutionStatus, WaveStatus
from chalicelib.store.tables.runs import ExecutionItem, WaveRunItem
from chalicelib.store.writes.runs.waves import mark_executing
from tests.workflow.drills import Refused, Run, moment
from tests.workflow.played_by_hand import PlayedByHand

WRITES_OF_A_START = range(1, 8)
"""Of the task that starts a wave: audited, queued, claimed, requested from DRS, recorded, and marked twice."""

WRITES_OF_A_FAILURE = range(1, 7)


@pytest.mark.parametrize("nth", WRITES_OF_A_FAILURE)
def test_a_wave_that_starts_while_another_one_stops_the_run_is_not_cancelled_during_its_launch(
    by_hand: PlayedByHand, nth: int
) -> None:
    """Waves 1 and 2 are independent, 3 needs 2. Wave 1 fails and stops the run just as 2 lets 3 start."""
    bad, good, third = by_hand.drills.servers(3)
    by_hand.drills.fault("LAUNCH_FAILED", bad)
    by_hand.drills.fault("LAUNCH_STUCK", good, times=1)
    execution = by_hand.start(
        {"servers": [bad], "dependsOn": []},
        {"servers": [good], "dependsOn": []},
        {"servers": [third], "dependsOn": [2]},
    )
    by_hand.until(execution, 1, "EXECUTING")
    by_hand.until(execution, 2, "EXECUTING")
    by_hand.go_to("WaveCompleted", seconds=3)
    by_hand.cloud.emulator.clear_faults()
    by_hand.world.let_something_happen_before(nth, lambda: by_hand.run_on(3, rounds=10))
    by_hand.until(execution, 1, "FAILED")
    (run,) = by_hand.finish()
    launched = bool(run.launches_of(third))
    assert (run.server(third)["status"] == "LAUNCHED") == launched
    assert (run.waves[3]["status"] == "COMPLETED") == launched
    assert run.status == "PARTIAL"


@pytest.mark.parametrize("act", ["cancel_execution", "pause_execution"])
@pytest.mark.parametrize("nth", WRITES_OF_A_START)
def test_nothing_is_launched_on_the_strength_of_what_was_read_before_a_stop(
    by_hand: PlayedByHand, nth: int, act: str
) -> None:
    """The stop is answered between a read and a write of a task: nothing is sent to DRS after it."""
    (server,) = by_hand.drills.servers()
    answers: list[Any] = []
    execution = by_hand.start({"servers": [server]})
    by_hand.go_to("StartWave")

    def stop() -> None:
        before = by_hand.world.launches_requested
        answers.append((by_hand.ask(act, executionId=execution), before))

    by_hand.world.let_something_happen_before(nth, stop)
    by_hand.run_on(10, rounds=6)
    if nth <= 2:
        assert by_hand.wave(execution, 1)["status"] in {"NOT_STARTED", "CANCELLED"}, "queued by what had been read"
    ((answer, before),) = answers
    if isinstance(answer, Refused):
        assert act == "pause_execution", answer
    else:
        requested_later = by_hand.world.launches_requested - before
        assert requested_later <= answer["requestsUnderWay"], f"{answer['statement']}\n{by_hand.world.history}"
        assert len(by_hand.world.violations) == requested_later
        by_hand.world.violations.clear()
        assert ("launch request" in answer["statement"]) == (answer["requestsUnderWay"] > 0)
    (run,) = by_hand.finish()
    assert run.status == ("CANCELLED" if act == "cancel_execution" else "COMPLETED")
    assert len(run.launches_of(server)) <= 1


@pytest.mark.parametrize("nth", range(1, 7))
@pytest.mark.parametrize(("first", "second"), [("approve_wave", "reject_wave"), ("reject_wave", "approve_wave")])
def test_an_approval_and_a_rejection_of_two_waves_at_once(
    by_hand: PlayedByHand, nth: int, first: str, second: str
) -> None:
    """Each for its own wave: the rejection stops the run, and undoes no launch of the approved wave."""
    one, two = by_hand.drills.servers(2)
    execution = by_hand.start(
        {"servers": [one], "dependsOn": [], "approvalRequired": True},
        {"servers": [two], "dependsOn": [], "approvalRequired": True},
    )
    by_hand.until(execution, 1, "AWAITING_APPROVAL")
    by_hand.until(execution, 2, "AWAITING_APPROVAL")

    def meanwhile() -> None:
        by_hand.ask(second, executionId=execution, waveNumber=2, comment="So it is.")
        by_hand.run_on(3, rounds=3)

    by_hand.world.let_something_happen_before(nth, meanwhile)
    by_hand.ask(first, executionId=execution, waveNumber=1, comment="So it is.")
    by_hand.run_on(3, rounds=4)
    (run,) = by_hand.finish()
    for server in (one, two):
        assert (run.server(server)["status"] == "LAUNCHED") == bool(run.launches_of(server))


def test_a_wave_that_fails_while_its_run_is_cancelled_is_recorded_as_failed(by_hand: PlayedByHand) -> None:
    """No decision is requested for a run that is being cancelled, and the failure is not erased."""
    (bad,) = by_hand.drills.servers()
    by_hand.drills.fault("LAUNCH_FAILED", bad)
    execution = by_hand.start({"servers": [bad], "onFailure": "PAUSE"})
    by_hand.until(execution, 1, "EXECUTING")
    while by_hand.wave(execution, 1)["failedCount"] == 0:
        by_hand.run_on(3, rounds=1)
    by_hand.ask("cancel_execution", executionId=execution)
    by_hand.run_on(3)
    retried = by_hand.ask("retry_wave", executionId=execution, waveNumber=1)
    assert isinstance(retried, Refused)
    (run,) = by_hand.finish()
    assert (run.status, run.wave_statuses) == ("CANCELLED", ["FAILED"])
    assert run.waves[1]["attempt"] == 1
    assert not run.kinds("DECISION_NEEDED")


@pytest.mark.parametrize("act", ["cancel_execution", "pause_execution"])
def test_a_failed_wave_that_waits_for_a_decision_when_its_run_is_cancelled_has_failed(
    by_hand: PlayedByHand, act: str
) -> None:
    (bad,) = by_hand.drills.servers()
    by_hand.drills.fault("LAUNCH_FAILED", bad)
    execution = by_hand.start({"servers": [bad], "onFailure": "PAUSE"})
    by_hand.until(execution, 1, "AWAITING_DECISION")
    by_hand.ask(act, executionId=execution)
    if act == "cancel_execution":
        assert by_hand.wave(execution, 1)["status"] == "FAILED"
        assert isinstance(by_hand.ask("retry_wave", executionId=execution, waveNumber=1), Refused)
        assert isinstance(by_hand.ask("skip_wave", executionId=execution, waveNumber=1, reason="No."), Refused)
    else:
        answer = by_hand.ask("retry_wave", executionId=execution, waveNumber=1)
        assert answer["statement"].startswith("Attempt 2 begins when the execution is resumed: 1 server to launch.")
        by_hand.run_on(3)
        assert by_hand.wave(execution, 1)["status"] == "QUEUED", "nothing starts during a pause"
        by_hand.cloud.emulator.clear_faults()
    (run,) = by_hand.finish()
    assert run.status == ("CANCELLED" if act == "cancel_execution" else "COMPLETED"), (run.reason, run.waves)


# --- delays ---


def _until_delayed(by_hand: PlayedByHand) -> str:
    execution = by_hand.start({"servers": by_hand.drills.servers(), "delaySeconds": 3_600})
    by_hand.run_on(3)
    assert by_hand.wave(execution, 1)["status"] == "NOT_STARTED"
    return execution


@pytest.mark.parametrize("act", ["cancel", "skip", "time limit", "pre-emption"])
def test_nothing_waits_for_a_delay_that_is_cut_short(by_hand: PlayedByHand, act: str) -> None:
    execution = _until_delayed(by_hand)
    begun = by_hand.clock.now()
    plan_id = by_hand.plan_ids[-1]
    match act:
        case "cancel":
            by_hand.ask("cancel_execution", executionId=execution)
        case "skip":
            by_hand.ask("skip_wave", executionId=execution, waveNumber=1, reason="Not today.")
        case "pre-emption":
            answer = by_hand.ask("start_execution", planId=plan_id, mode="RECOVERY", reason="It burns.")
            assert answer["preempted"] == [execution]
            by_hand.ask("cancel_execution", executionId=answer["execution"]["executionId"])
        case _:
            _let_time_run_out(execution, by_hand)
    while by_hand.world.ready():
        by_hand.run_on(1, rounds=1)
    run = Run(by_hand.drills, execution)
    assert run.status in {"CANCELLED", "FAILED", "TIMED_OUT"}
    assert (by_hand.clock.now() - begun).total_seconds() < 600, "the hour is not waited for"
    by_hand.finish()


def _let_time_run_out(execution_id: str, by_hand: PlayedByHand) -> None:
    past = by_hand.clock.now()
    ExecutionItem(execution_id=execution_id).update(actions=[ExecutionItem.deadline_at.set(past)])
    by_hand.clock.pass_seconds(1)
    by_hand.cloud.scheduler.run_now("execution-watchdog")


def test_a_delay_that_ends_during_a_pause_starts_nothing_and_can_still_be_skipped(by_hand: PlayedByHand) -> None:
    execution = _until_delayed(by_hand)
    by_hand.ask("pause_execution", executionId=execution)
    by_hand.run_on(600)
    assert by_hand.wave(execution, 1)["status"] == "NOT_STARTED"
    answer = by_hand.ask("skip_wave", executionId=execution, waveNumber=1, reason="Not today.")
    assert answer["changed"]
    (run,) = by_hand.finish()
    assert (run.status, run.wave_statuses, run.jobs) == ("FAILED", ["SKIPPED"], [])


def test_a_delay_ends_on_time_and_its_message_is_true(by_hand: PlayedByHand) -> None:
    delayed = {"delaySeconds": 3_600, "approvalRequired": True}
    execution = by_hand.start({"servers": by_hand.drills.servers(), **delayed})
    by_hand.until(execution, 1, "AWAITING_APPROVAL")
    approved = by_hand.clock.now()
    answer = by_hand.ask("approve_wave", executionId=execution, waveNumber=1)
    assert answer["statement"].startswith("Wave 1 is approved. Its delay ends at ")
    by_hand.until(execution, 1, "EXECUTING", seconds=20)
    (run,) = by_hand.finish()
    started = run.waves[1]["startedAt"]
    waited = (moment(started) - approved).total_seconds()
    assert 3_600 <= waited < 4_000
    assert run.status == "COMPLETED"


# --- any caller ---


@pytest.mark.parametrize(
    "wave",
    [
        {"approvalRequired": True},
        {"delaySeconds": 3_600},
        {"dependsOn": [1]},
    ],
    ids=["unapproved", "delayed", "before what it needs"],
)
def test_no_caller_can_start_a_wave_that_may_not_start(by_hand: PlayedByHand, wave: dict[str, Any]) -> None:
    first, second = by_hand.drills.servers(2)
    held = by_hand.drills.fault("LAUNCH_STUCK", first)
    execution = by_hand.start({"servers": [first]}, {"dependsOn": [], **wave, "servers": [second]})
    by_hand.until(execution, 1, "EXECUTING")
    task = {"executionId": execution, "planId": by_hand.plan_ids[-1], "waveNumber": 2}
    answer = by_hand.drills.task("start_wave", **task)
    assert answer["wave_status"]["job_status"] == "WAITING"
    assert by_hand.drills.task("complete_wave", **task, status="COMPLETED") == {"next": "AWAIT_RELEASE"}
    assert by_hand.wave(execution, 2)["status"] in {"NOT_STARTED", "AWAITING_APPROVAL"}
    assert not by_hand.drills.jobs_with(second)
    by_hand.cloud.emulator.remove_fault(held)
    (run,) = by_hand.finish()
    assert run.status == "COMPLETED"


def test_a_token_that_is_answered_by_hand_starts_no_wave_that_may_not_start(by_hand: PlayedByHand) -> None:
    (server,) = by_hand.drills.servers()
    execution = by_hand.start({"servers": [server], "approvalRequired": True})
    by_hand.until(execution, 1, "AWAITING_APPROVAL")
    token = str(WaveRunItem.get(execution, 1).task_token)
    by_hand.world.answers[token] = {"decision": "START", "delay_seconds": 0, "next": "RETRY"}
    by_hand.run_on(3)
    assert by_hand.wave(execution, 1)["status"] == "AWAITING_APPROVAL"
    assert not by_hand.drills.jobs_with(server)
    (run,) = by_hand.finish()
    assert run.status == "COMPLETED"


def test_a_pause_that_coincides_with_the_beginning_of_its_run_is_not_lost(by_hand: PlayedByHand) -> None:
    """The state machine begins the run between the read of the pause and its write."""
    execution = by_hand.start({"servers": by_hand.drills.servers()})
    ExecutionItem(execution_id=execution).update([ExecutionItem.status.set(ExecutionStatus.PAUSED)])
    by_hand.world.let_something_happen_before(
        1, lambda: ExecutionItem(execution_id=execution).update([ExecutionItem.status.set(ExecutionStatus.IN_PROGRESS)])
    )
    answer = by_hand.ask("cancel_execution", executionId=execution)
    assert answer["changed"]
    assert by_hand.finish()[0].status == "CANCELLED"
    execution = by_hand.start({"servers": by_hand.drills.servers()})
    by_hand.run_on(1, rounds=1)
    by_hand.world.let_something_happen_before(1, lambda: by_hand.run_on(1, rounds=2))
    answer = by_hand.ask("pause_execution", executionId=execution)
    assert (answer["changed"], answer["execution"]["status"]) == (True, "PAUSED")


@pytest.mark.parametrize("operation", ["reject_wave", "skip_wave"])
def test_a_repeated_decision_is_answered_as_it_was_recorded(by_hand: PlayedByHand, operation: str) -> None:
    (bad,) = by_hand.drills.servers()
    by_hand.drills.fault("LAUNCH_FAILED", bad)
    execution = by_hand.start({"servers": [bad], "onFailure": "PAUSE"})
    by_hand.until(execution, 1, "AWAITING_DECISION")
    extra = {"reason": "Enough."} if operation == "skip_wave" else {}
    first, again = (by_hand.ask(operation, executionId=execution, waveNumber=1, **extra) for _ in range(2))
    assert (first["changed"], again["changed"]) == (True, False)
    assert first["statement"] == again["statement"]
    by_hand.finish()


@pytest.mark.parametrize("nth", range(1, 6))
def test_a_run_that_is_ended_also_ends_a_wave_that_was_moved_meanwhile(by_hand: PlayedByHand, nth: int) -> None:
    """Its machine has broken, and a task that was starting the wave marks it between read and write."""
    (server,) = by_hand.drills.servers()
    by_hand.drills.fault("LAUNCH_STUCK", server)
    execution = by_hand.start({"servers": [server]})
    by_hand.until(execution, 1, "EXECUTING")
    moved = WaveRunItem(execution_id=execution, wave_number=1)
    moved.update([WaveRunItem.status.set(WaveStatus.QUEUED)])
    by_hand.world.let_something_happen_before(nth, lambda: mark_executing(execution, 1))
    answer = by_hand.drills.task("fail_execution", executionId=execution, error={"Error": "States.Runtime"})
    assert not answer["over"], "its job is still open in DRS"
    assert by_hand.wave(execution, 1)["status"] == "FAILED"
    by_hand.finish()
