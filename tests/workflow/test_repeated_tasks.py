"""Tasks that run twice, come late, or report that the state machine broke: the records decide."""

from datetime import UTC, datetime, timedelta

from tests.waiting import eventually
from tests.workflow.crash_matrix.deaths import Deaths
from tests.workflow.crash_matrix.stage import Stage
from tests.workflow.drills import WEST, Drills, Run, require_truth
from tests.workflow.played_by_hand import PlayedByHand

WAITING = "AWAITING_APPROVAL"


def test_a_run_whose_tasks_are_all_delivered_twice_at_once_is_the_same_run(drills: Drills, deaths: Deaths) -> None:
    stage = Stage(drills, deaths, [])
    stage.twice = True
    servers = [*drills.servers(), *drills.servers(1, account=WEST), *drills.servers()]
    run = stage.ended(stage.start(stage.plan({"servers": servers[:2]}, {"servers": servers[2:]})))
    assert run.wave_statuses == ["COMPLETED", "COMPLETED"]
    assert [len(run.launches_of(server)) for server in servers] == [1, 1, 1]


def test_a_late_token_does_not_replace_a_newer_one(drills: Drills) -> None:
    """Its function ended late; Step Functions has repeated the task since. The run does not wait for the watchdog."""
    plan_id = drills.plan({"servers": drills.servers(), "approvalRequired": True})
    execution_id = drills.start(plan_id)
    eventually(lambda: drills.query("get_execution", executionId=execution_id)["waves"][0]["status"] == WAITING)
    of_wave = {"executionId": execution_id, "planId": plan_id, "waveNumber": 1}
    an_hour_ago = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    drills.task("await_wave_release", **of_wave, taskToken="an-old-token", enteredAt=an_hour_ago, retryCount=3)
    drills.ask("execution-handler", "approve_wave", executionId=execution_id, waveNumber=1)
    assert drills.ended(execution_id).status == "COMPLETED"


def test_late_tasks_change_nothing(drills: Drills) -> None:
    servers = [*drills.servers(), *drills.servers(1, account=WEST), *drills.servers()]
    plan_id = drills.plan({"servers": servers[:2]}, {"servers": servers[2:]})
    run = drills.run(plan_id)
    assert (run.status, run.wave_statuses) == ("COMPLETED", ["COMPLETED", "COMPLETED"])
    look = {
        "job_status": "COMPLETED",
        "wave_completed": True,
        "launched_count": 0,
        "failed_count": 2,
        "server_changes": [{"source_server_id": servers[0].server_id, "status": "FAILED", "error": "late"}],
    }
    of_run = {"executionId": run.execution_id}
    of_wave = {**of_run, "planId": plan_id, "waveNumber": 1}
    drills.task("begin_execution", **of_run)
    drills.task("await_wave_release", **of_wave, taskToken="an-old-token")
    drills.task("start_wave", **of_wave)
    drills.task("update_wave_completion_status", **of_wave, status="COMPLETED", waveData=look)
    drills.task("complete_wave", **of_wave, status="TIMED_OUT")
    drills.task("complete_wave", **of_wave, error={"Error": "States.Timeout", "Cause": "late"})
    drills.task("await_operator_decision", **of_wave, taskToken="an-old-token")
    drills.task("finalize_execution", **of_run)
    drills.task("fail_execution", **of_run, error={"Error": "late", "Cause": "late"})
    again = Run(drills, run.execution_id)
    assert (again.detail, again.servers, again.events) == (run.detail, run.servers, run.events)
    assert [len(again.launches_of(server)) for server in servers] == [1, 1, 1]


def test_a_run_whose_machine_broke_ends_with_what_is_known(by_hand: PlayedByHand) -> None:
    """Step Functions sends this task when it gives up the run while a wave is under way."""
    drills = by_hand.drills
    (server,) = drills.servers()
    drills.fault("LAUNCH_STUCK", server)
    execution = by_hand.start({"servers": [server]}, {"servers": drills.servers()})
    by_hand.until(execution, 1, "EXECUTING")
    broken = {"executionId": execution, "error": {"Error": "States.Runtime", "Cause": "a bad path"}}
    first = drills.task("fail_execution", **broken)
    assert (first["over"], first["status"]) == (False, "IN_PROGRESS"), "its job is still open in DRS"
    assert execution in drills.holders().values(), "until its end no other run may launch the server"
    drills.cloud.emulator.clear_faults()

    def is_over() -> bool:
        by_hand.clock.pass_seconds(10)
        return bool(drills.task("fail_execution", **broken)["over"])

    eventually(is_over)
    run = Run(drills, execution)
    require_truth(run)
    assert (run.status, run.wave_statuses) == ("PARTIAL", ["FAILED", "CANCELLED"])
    assert run.server(server)["status"] == "LAUNCHED"
    assert "a bad path" in run.reason
