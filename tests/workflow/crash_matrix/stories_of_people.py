"""People who steer runs: approve, reject, retry, skip, pause, resume, cancel. A call without an answer is repeated."""

from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.domain.runs.records import ServerStatus
from chalicelib.store.tables.runs import ExecutionItem, ServerRunItem, WaveRunItem, wave_server_key
from tests.workflow.crash_matrix.stage import Stage
from tests.workflow.crash_matrix.story import Story
from tests.workflow.drills import Refused, moment


def an_approval(stage: Stage) -> None:
    execution_id = stage.start(stage.plan({"servers": stage.drills.servers(), "approvalRequired": True}))
    stage.until_wave(execution_id, "AWAITING_APPROVAL")
    answer = stage.command("approve_wave", executionId=execution_id, waveNumber=1, comment="Go.")
    assert not isinstance(answer, Refused), answer
    run = stage.ended(execution_id)
    assert len(run.kinds("APPROVAL_NEEDED")) == len(run.kinds("WAVE_APPROVED")) == 1
    assert run.waves[1]["approvedBy"] == "undeclared"


def a_rejection(stage: Stage) -> None:
    """The independent wave, which also waits for an approval, never starts."""
    waves = [{"servers": stage.drills.servers(), "approvalRequired": True, "dependsOn": []} for _ in range(2)]
    execution_id = stage.start(stage.plan(*waves))
    stage.until_wave(execution_id, "AWAITING_APPROVAL", 1)
    stage.until_wave(execution_id, "AWAITING_APPROVAL", 2)
    answer = stage.command("reject_wave", executionId=execution_id, waveNumber=1, comment="Not today.")
    assert not isinstance(answer, Refused), answer
    run = stage.ended(execution_id, "FAILED")
    assert run.wave_statuses == ["CANCELLED", "CANCELLED"]
    assert len(run.kinds("WAVE_REJECTED")) == 1
    assert run.waves[1]["outcomeReason"].startswith("Rejected by undeclared. Not today.")
    assert "was rejected" in run.waves[2]["outcomeReason"]


def a_failed_wave_that_is_tried_again(stage: Stage) -> None:
    good, bad = stage.drills.servers(2)
    stage.drills.fault("LAUNCH_FAILED", bad, times=1)
    execution_id = stage.start(stage.plan({"servers": [good, bad], "onFailure": "PAUSE"}))
    stage.until_wave(execution_id, "AWAITING_DECISION")
    answer = stage.command("retry_wave", executionId=execution_id, waveNumber=1)
    assert not isinstance(answer, Refused) or answer.code == "IllegalTransition", answer
    run = stage.ended(execution_id)
    assert run.waves[1]["attempt"] == 2
    assert (len(run.launches_of(good)), len(run.launches_of(bad))) == (1, 2)
    (line,) = run.kinds("WAVE_RETRIED")
    assert "1 server to launch" in line["message"]
    assert len(run.kinds("DECISION_NEEDED")) == len(run.kinds("SERVER_FAILED")) == 1


def a_failed_wave_that_is_rejected_after_a_retry_died(stage: Stage) -> None:
    """A retry that died decides nothing: the wave can still be tried again or rejected."""
    bad = stage.drills.servers()
    stage.drills.fault("LAUNCH_FAILED", *bad)
    execution_id = stage.start(stage.plan({"servers": bad, "onFailure": "PAUSE"}))
    stage.until_wave(execution_id, "AWAITING_DECISION")
    stage.drills.cloud.runtime.invoke(
        "execution-handler", {"operation": "retry_wave", "body": {"executionId": execution_id, "waveNumber": 1}}
    )
    stage.until_wave(execution_id, "AWAITING_DECISION")
    stage.command("reject_wave", executionId=execution_id, waveNumber=1)
    run = stage.ended(execution_id, "FAILED")
    assert run.wave_statuses == ["FAILED"]
    assert run.servers[bad[0].server_id]["status"] == "FAILED"
    assert len(run.jobs) == run.waves[1]["attempt"]


def a_wave_that_is_skipped_with_the_one_that_failed(stage: Stage) -> None:
    bad, never, last = stage.drills.servers(3)
    stage.drills.fault("LAUNCH_FAILED", bad)
    waves: list[dict[str, Any]] = [{"servers": [bad], "onFailure": "PAUSE"}, {"servers": [never]}, {"servers": [last]}]
    execution_id = stage.start(stage.plan(*waves))
    stage.until_wave(execution_id, "AWAITING_DECISION")
    for number in (2, 1):
        answer = stage.command("skip_wave", executionId=execution_id, waveNumber=number, reason="Rebuilt.")
        assert not isinstance(answer, Refused), answer
    run = stage.ended(execution_id)
    assert run.wave_statuses == ["SKIPPED", "SKIPPED", "COMPLETED"]
    assert len(run.kinds("WAVE_SKIPPED")) == 2
    assert run.servers[never.server_id]["status"] == "SKIPPED"
    assert run.servers[bad.server_id]["status"] == "FAILED"


def a_pause_and_a_resume_while_a_wave_runs(stage: Stage) -> None:
    first, second = stage.drills.servers(2)
    fault = stage.drills.fault("LAUNCH_STUCK", first)
    execution_id = stage.start(stage.plan({"servers": [first]}, {"servers": [second]}))
    stage.until_launching(execution_id)
    before = moment(stage.look(execution_id).waves[1]["deadlineAt"])
    stage.command("pause_execution", executionId=execution_id)
    assert stage.look(execution_id).status == "PAUSED"
    hour = timedelta(hours=1)
    now = datetime.now(UTC)
    ExecutionItem(execution_id=execution_id).update([ExecutionItem.paused_at.set(now - hour)])
    WaveRunItem(execution_id=execution_id, wave_number=1).update([WaveRunItem.started_at.set(now - 2 * hour)])
    stage.command("resume_execution", executionId=execution_id)
    stage.until(lambda: stage.look(execution_id).status == "IN_PROGRESS")
    moved = moment(stage.look(execution_id).waves[1]["deadlineAt"]) - before
    stage.drills.cloud.emulator.remove_fault(fault)
    run = stage.ended(execution_id)
    assert len(run.kinds("EXECUTION_PAUSED")) == len(run.kinds("EXECUTION_RESUMED")) == 1
    assert hour <= moved < hour + timedelta(minutes=5), "the limit has moved by the pause, and only once"


def a_cancellation_while_a_wave_runs(stage: Stage) -> None:
    first, second = stage.drills.servers(2)
    fault = stage.drills.fault("LAUNCH_STUCK", first)
    execution_id = stage.start(stage.plan({"servers": [first]}, {"servers": [second]}))
    stage.until_launching(execution_id)
    stage.command("cancel_execution", executionId=execution_id)
    stage.drills.cloud.emulator.remove_fault(fault)
    run = stage.ended(execution_id, "CANCELLED")
    assert run.wave_statuses == ["COMPLETED", "CANCELLED"]
    assert len(run.kinds("EXECUTION_CANCELLING")) == 1
    assert not run.launches_of(second)


def a_skip_that_is_not_repeated(stage: Stage) -> None:
    """The call that skipped the wave died before it closed the servers; the end of the run closes them."""
    never, last = stage.drills.servers(2)
    execution_id = stage.start(stage.plan({"servers": [never], "approvalRequired": True}, {"servers": [last]}))
    stage.until_wave(execution_id, "AWAITING_APPROVAL")
    body = {"executionId": execution_id, "waveNumber": 1, "reason": "Rebuilt."}
    died = stage.drills.cloud.runtime.invoke("execution-handler", {"operation": "skip_wave", "body": body})
    assert died.function_error
    run = stage.ended(execution_id)
    assert run.wave_statuses == ["SKIPPED", "COMPLETED"]
    assert run.servers[never.server_id]["status"] == "SKIPPED"


def a_server_that_launched_after_it_was_given_up(stage: Stage) -> None:
    """DRS showed the launch too late; a retry records it and launches only the server that really failed."""
    good, bad = stage.drills.servers(2)
    stage.drills.fault("LAUNCH_FAILED", bad, times=1)
    execution_id = stage.start(stage.plan({"servers": [good, bad], "onFailure": "PAUSE"}))
    stage.until_wave(execution_id, "AWAITING_DECISION")
    given_up = ServerRunItem(execution_id=execution_id, wave_server=wave_server_key(1, good.server_id))
    status, instance = ServerRunItem.status.set(ServerStatus.FAILED), ServerRunItem.recovery_instance_id.set("")
    given_up.update([status, instance, ServerRunItem.error.set("DRS left the server IN_PROGRESS.")])
    answer = stage.command("retry_wave", executionId=execution_id, waveNumber=1)
    if answer is None:
        # The command was not repeated and opened nothing: an operator sends it later.
        stage.command("retry_wave", executionId=execution_id, waveNumber=1)
    run = stage.ended(execution_id)
    assert (len(run.launches_of(good)), len(run.launches_of(bad))) == (1, 2)
    (late,) = [line for line in run.kinds("SERVERS_LAUNCHED") if "given up" in line["message"]]
    assert late["waveNumber"] == 1


STORIES = [
    Story(
        an_approval,
        (
            "decisions>waves.approve_wave",
            "release>waves.request_approval",
            "release>waves.forget_token",
            "release>workflow.release_task",
        ),
        deaths=8,
    ),
    Story(a_rejection, ("decisions>waves.end_wave",)),
    Story(
        a_failed_wave_that_is_tried_again,
        (
            "decisions>retries.open_next_attempt",
            "judging>waves.hold_wave",
        ),
    ),
    Story(a_server_that_launched_after_it_was_given_up, ("late_launches>servers.record_changes",), deaths=1),
    Story(
        a_failed_wave_that_is_rejected_after_a_retry_died,
        ("decisions>retries.open_next_attempt",),
        deaths=1,
    ),
    Story(
        a_wave_that_is_skipped_with_the_one_that_failed,
        (
            "decisions>waves.end_wave",
            "following>servers.close_servers",
        ),
    ),
    Story(
        a_skip_that_is_not_repeated,
        ("following>servers.close_servers",),
        first=("before following>servers.close_servers",),
    ),
    Story(
        a_pause_and_a_resume_while_a_wave_runs,
        (
            "control>executions.move_execution",
            "control>executions.resume_execution",
        ),
    ),
    Story(a_cancellation_while_a_wave_runs, ("control>executions.move_execution",)),
]
