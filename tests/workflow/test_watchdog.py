"""The watchdog: it keeps runs alive when a machine, a start or a release was lost, or time is up."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.domain.errors import CloudError
from chalicelib.domain.runs import watch
from chalicelib.execution.watch import repair
from chalicelib.execution.waves.ending import UNFINISHED
from chalicelib.store.tables.runs import ExecutionItem, WaveRunItem
from tests.waiting import eventually
from tests.workflow.afterwards import EXECUTION, kill_machine, save, wait_for_end, watched
from tests.workflow.drills import Drills, Run


def test_a_run_whose_machine_is_killed_during_a_wave_goes_on_and_launches_nothing_twice(drills: Drills) -> None:
    servers = drills.servers(3)
    # No wave waits for a token: a wait that the local engine stops goes on for some states.
    execution_id = drills.start(drills.plan({"servers": servers[:2]}, {"servers": servers[2:], "dependsOn": []}))
    eventually(lambda: len(Run(drills, execution_id).kinds("JOB_STARTED")) == 2, every=0.02)
    kill_machine(drills, execution_id)
    report = watched(drills.cloud)
    assert report["actions"][execution_id].startswith("RESTART")
    run = wait_for_end(drills, execution_id)
    assert (run.status, run.wave_statuses) == ("COMPLETED", ["COMPLETED", "COMPLETED"])
    assert run.detail["execution"]["workflowRun"] == 2
    assert all(len(run.launches_of(server)) == 1 for server in servers)
    assert execution_id not in drills.holders().values()


def test_a_run_that_cannot_be_kept_alive_ends_with_its_true_result(
    drills: Drills, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "MAX_RUNS", 1)
    execution_id = drills.start(drills.plan({"servers": drills.servers()}))
    eventually(lambda: Run(drills, execution_id).kinds("JOB_STARTED"), every=0.02)
    kill_machine(drills, execution_id)
    # Its job runs on in DRS, and the run ends with the result of the job.
    eventually(lambda: watched(drills.cloud) and Run(drills, execution_id).detail["execution"]["endedAt"])
    run = Run(drills, execution_id)
    assert (run.status, run.wave_statuses) == ("PARTIAL", ["FAILED"])
    assert [server["status"] for server in run.servers.values()] == ["LAUNCHED"]
    # A task of the machine that was on its way may end the run before the watchdog does; the wave says it either way.
    assert UNFINISHED in run.waves[1]["outcomeReason"]
    assert execution_id not in drills.holders().values()


def test_a_start_that_died_before_its_machine_is_started_later(drills: Drills, monkeypatch: pytest.MonkeyPatch) -> None:
    plan_id = drills.plan({"servers": drills.servers()})
    drills.cloud.runtime.crash_next(EXECUTION, service="stepfunctions", operation="StartExecution")
    body = {"planId": plan_id, "mode": "DRILL"}
    assert drills.cloud.runtime.invoke(EXECUTION, {"operation": "start_execution", "body": body}).function_error
    (left,) = drills.query_all("list_executions", planId=plan_id)
    assert left["status"] == "CREATED"
    watched(drills.cloud)
    assert Run(drills, left["executionId"]).status == "CREATED", "it may still be starting"
    monkeypatch.setattr(watch, "STARTS_WITHIN", timedelta(0))
    watched(drills.cloud)
    assert wait_for_end(drills, left["executionId"]).status == "COMPLETED"


def test_a_release_that_was_lost_is_repaired(drills: Drills) -> None:
    execution_id = drills.start(drills.plan({"servers": drills.servers(), "approvalRequired": True}))
    eventually(lambda: Run(drills, execution_id).kinds("APPROVAL_NEEDED"))
    # The approval may be asked for before the wave's task waits; only a task that waits is released. The call that
    # stored its token looks once more whether the wave may start, and must not meet the approval.
    eventually(lambda: WaveRunItem.get(execution_id, 1).task_token)
    eventually(lambda: drills.cloud.runtime.running_of(EXECUTION) == 0)
    drills.cloud.runtime.crash_next(EXECUTION, service="stepfunctions", operation="SendTaskSuccess")
    body = {"executionId": execution_id, "waveNumber": 1}
    assert drills.cloud.runtime.invoke(EXECUTION, {"operation": "approve_wave", "body": body}).function_error
    watched(drills.cloud)
    assert drills.ended(execution_id).status == "COMPLETED"


def test_without_an_approval_in_time_the_run_is_paused_and_goes_on_afterwards(drills: Drills) -> None:
    plan_id = drills.plan({"servers": drills.servers(), "approvalRequired": True})
    save(drills, plan_id, approval={"timeoutMinutes": 1})
    execution_id = drills.start(plan_id)
    eventually(lambda: Run(drills, execution_id).kinds("APPROVAL_NEEDED"))
    long_ago = datetime.now(UTC) - timedelta(hours=1)
    WaveRunItem(execution_id=execution_id, wave_number=1).update([WaveRunItem.approval_asked_at.set(long_ago)])
    ExecutionItem(execution_id=execution_id).update([ExecutionItem.running_since.set(long_ago)])
    watched(drills.cloud)
    run = Run(drills, execution_id)
    assert run.status == "PAUSED"
    assert "not approved within 1 minutes" in run.kinds("EXECUTION_PAUSED")[0]["message"]
    drills.ask(EXECUTION, "resume_execution", executionId=execution_id)
    watched(drills.cloud)
    assert Run(drills, execution_id).status == "IN_PROGRESS", "a resume gives the approval its full time again"
    drills.ask(EXECUTION, "approve_wave", executionId=execution_id, waveNumber=1)
    assert drills.ended(execution_id).status == "COMPLETED"


def test_an_execution_over_its_time_limit_starts_nothing_new_and_says_so(drills: Drills) -> None:
    first, second = drills.servers(2)
    plan_id = drills.plan({"servers": [first]}, {"servers": [second], "approvalRequired": True})
    execution_id = drills.start(plan_id)
    eventually(lambda: Run(drills, execution_id).kinds("APPROVAL_NEEDED"))
    passed = datetime.now(UTC) - timedelta(seconds=1)
    ExecutionItem(execution_id=execution_id).update([ExecutionItem.deadline_at.set(passed)])
    watched(drills.cloud)
    run = drills.ended(execution_id)
    assert (run.status, run.wave_statuses) == ("TIMED_OUT", ["COMPLETED", "CANCELLED"])
    assert "time limit" in run.reason


@pytest.mark.parametrize("ended", [True, False], ids=["the machine has ended", "the stop fails"])
def test_a_machine_is_started_again_whatever_the_result_of_stopping_it(
    drills: Drills, monkeypatch: pytest.MonkeyPatch, ended: bool
) -> None:
    """Only a machine that runs is stopped, and a failed stop does not prevent the restart."""
    stopped: list[str] = []

    def stop(_: Any, execution_id: str, *__: Any) -> None:
        stopped.append(execution_id)
        raise CloudError("StopExecution failed.")

    monkeypatch.setattr(repair, "stop_workflow", stop)
    execution_id = drills.start(drills.plan({"servers": drills.servers()}))
    eventually(lambda: Run(drills, execution_id).kinds("JOB_STARTED"), every=0.02)
    if ended:
        kill_machine(drills, execution_id)
    else:
        monkeypatch.setattr(watch, "SILENT_AFTER", timedelta(days=-1))
    watched(drills.cloud)
    assert stopped == ([] if ended else [execution_id])
    assert Run(drills, execution_id).kinds("WORKFLOW_RESTARTED")
    assert wait_for_end(drills, execution_id).status == "COMPLETED"
