"""What comes after a run and what keeps one alive: terminations, clean-up, deletion, watchdog, scheduled drills."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pynamodb.expressions.update import Action

from chalicelib.domain import leases, watch
from chalicelib.models.configuration import RecoveryPlanItem
from chalicelib.models.runs import ExecutionItem, ServerLeaseItem, WaveRunItem
from local.cloud import LocalCloud
from tests.waiting import eventually
from tests.workflow.drills import WEST, Drills, Refused, Run, Server

EXECUTION, MANAGEMENT = "execution-handler", "data-management-handler"


def plan_of(drills: Drills, *servers: Server, **content: Any) -> str:
    """A plan with one wave of these servers, all in one account, and further content."""
    plan_id = drills.plan({"servers": list(servers)})
    return save(drills, plan_id, **content)


def save(drills: Drills, plan_id: str, **content: Any) -> str:
    plan = drills.query("get_recovery_plan", planId=plan_id)
    waves = plan["waves"]
    for wave, changed in zip(waves, content.pop("waves", []), strict=False):
        wave.update(changed)
    drills.manage(
        "update_recovery_plan", planId=plan_id, version=plan["version"], name=plan["name"], waves=waves, **content
    )
    return plan_id


def instances_of(drills: Drills, *servers: Server) -> list[str]:
    """The recovery instances that DRS has of these servers."""
    found = []
    for server in servers:
        answer = drills.drs(server.account, server.region).describe_recovery_instances(
            filters={"sourceServerIDs": [server.server_id]}
        )
        found += [item["recoveryInstanceID"] for item in answer["items"]]
    return found


def terminated(drills: Drills, execution_id: str) -> Any:
    """The status once the termination is over, driven by the watchdog."""

    def done() -> Any:
        drills.cloud.scheduler.run_now("execution-watchdog")
        status = drills.query("get_termination_status", executionId=execution_id)
        return status["endedAt"] and status

    return eventually(done, every=0.3)


def watched(cloud: LocalCloud) -> Any:
    result = cloud.scheduler.run_now("execution-watchdog")
    assert result.function_error is None, result.payload
    return result.value["body"]


# --- terminations ---


def test_all_instances_are_terminated_in_every_account_and_followed_to_the_end(drills: Drills) -> None:
    servers = [*drills.servers(2), *drills.servers(1, account=WEST)]
    run = drills.run(drills.plan({"servers": servers}))
    asked = drills.ask(EXECUTION, "terminate_recovery_instances", executionId=run.execution_id)
    assert (asked["total"], len(asked["places"])) == (3, 2)
    assert "3 instance(s) in 2 account(s)" in asked["statement"]
    again = drills.ask(EXECUTION, "terminate_recovery_instances", executionId=run.execution_id)
    assert again["askedAt"] == asked["askedAt"]
    status = terminated(drills, run.execution_id)
    assert (status["state"], status["terminated"], status["pending"]) == ("COMPLETED", 3, 0)
    after = Run(drills, run.execution_id)
    assert {server["status"] for server in after.servers.values()} == {"TERMINATED"}
    assert instances_of(drills, *servers) == []
    assert len(after.kinds("TERMINATION_ENDED")) == 1
    repeated = drills.ask(EXECUTION, "terminate_recovery_instances", executionId=run.execution_id)
    assert (repeated["state"], repeated["endedAt"]) == ("COMPLETED", status["endedAt"])


def test_an_instance_that_is_gone_already_counts_as_done(drills: Drills) -> None:
    (server,) = drills.servers()
    run = drills.run(drills.plan({"servers": [server]}))
    drills.drs(server.account).terminate_recovery_instances(recoveryInstanceIDs=instances_of(drills, server))
    eventually(lambda: instances_of(drills, server) == [])
    asked = drills.ask(EXECUTION, "terminate_recovery_instances", executionId=run.execution_id)
    assert (asked["state"], asked["terminated"]) == ("COMPLETED", 1)


def test_a_protected_instance_is_told_with_the_reason_and_can_be_tried_again(drills: Drills) -> None:
    (server,) = drills.servers()
    run = drills.run(drills.plan({"servers": [server]}))
    (instance,) = instances_of(drills, server)
    ec2 = drills.cloud.client("ec2", account=server.account, region=server.region)
    ec2.modify_instance_attribute(InstanceId=instance, DisableApiTermination={"Value": True})
    drills.ask(EXECUTION, "terminate_recovery_instances", executionId=run.execution_id)
    status = terminated(drills, run.execution_id)
    assert (status["state"], status["failed"]) == ("INCOMPLETE", 1)
    assert status["failures"][0]["recoveryInstanceId"] == instance
    assert status["failures"][0]["reason"]
    ec2.modify_instance_attribute(InstanceId=instance, DisableApiTermination={"Value": False})
    drills.ask(EXECUTION, "terminate_recovery_instances", executionId=run.execution_id)
    eventually(lambda: terminated(drills, run.execution_id)["state"] == "COMPLETED")


def test_only_what_has_ended_is_terminated(drills: Drills) -> None:
    execution_id = drills.start(drills.plan({"servers": drills.servers()}))
    refused = drills.ask(EXECUTION, "terminate_recovery_instances", executionId=execution_id)
    assert isinstance(refused, Refused)
    assert (refused.code, "Cancel it first." in refused.message) == ("IllegalTransition", True)
    eventually(lambda: Run(drills, execution_id).jobs)
    drills.ask(EXECUTION, "cancel_execution", executionId=execution_id)
    refused = drills.ask(EXECUTION, "terminate_recovery_instances", executionId=execution_id)
    assert isinstance(refused, Refused)
    assert refused.message.endswith("Wait for its end: its DRS jobs run on until then.")
    drills.ended(execution_id)


# --- clean-up ---


def test_nothing_is_cleaned_up_that_the_policy_keeps(drills: Drills) -> None:
    servers = drills.servers(2)
    kept = drills.run(plan_of(drills, servers[0], cleanup={"onFailureMinutes": 0}))
    recovery = drills.run(
        plan_of(drills, servers[1], cleanup={"onSuccessMinutes": 0}), mode="RECOVERY", reason="It burns."
    )
    assert kept.detail["execution"]["cleanupAt"] is recovery.detail["execution"]["cleanupAt"] is None
    assert drills.cloud.scheduler.run_now("drill-cleanup").function_error is None
    assert len(instances_of(drills, *servers)) == 2


# --- deletion ---


def test_a_drill_is_deleted_once_its_instances_are_gone(drills: Drills) -> None:
    run = drills.run(drills.plan({"servers": drills.servers()}))
    refused = drills.ask(EXECUTION, "delete_execution", executionId=run.execution_id)
    assert isinstance(refused, Refused)
    assert refused.code == "InUse"
    drills.ask(EXECUTION, "terminate_recovery_instances", executionId=run.execution_id)
    terminated(drills, run.execution_id)
    drills.ask(EXECUTION, "delete_execution", executionId=run.execution_id)
    gone = drills.ask("query-handler", "get_execution", executionId=run.execution_id)
    assert isinstance(gone, Refused)
    assert gone.status == 404


def test_deleting_a_run_frees_the_leases_that_its_function_died_with(drills: Drills) -> None:
    """And none that another run has taken over."""
    mine, theirs = drills.servers(2)
    run = drills.run(drills.plan({"servers": [mine, theirs]}))
    keys = {server: f"{server.account}#{server.region}#{server.server_id}" for server in (mine, theirs)}
    plan_key = f"plan#{run.detail['execution']['planId']}"
    for key, holder in ((plan_key, run.execution_id), (keys[mine], run.execution_id), (keys[theirs], "exec-other")):
        ServerLeaseItem(lease=key, execution_id=holder, taken_at=datetime.now(UTC)).save()
    drills.ask(EXECUTION, "delete_execution", executionId=run.execution_id, force=True)
    left = {item.lease: item.execution_id for item in ServerLeaseItem.batch_get([plan_key, *keys.values()])}
    assert left == {keys[theirs]: "exec-other"}
    ServerLeaseItem(lease=keys[theirs]).delete()


def test_a_request_whose_run_was_deleted_starts_no_other(drills: Drills) -> None:
    plan_id = drills.plan({"servers": drills.servers()})
    run = drills.run(plan_id, idempotencyKey=plan_id)
    drills.ask(EXECUTION, "delete_execution", executionId=run.execution_id, force=True)
    refused = drills.ask(EXECUTION, "start_execution", planId=plan_id, mode="DRILL", idempotencyKey=plan_id)
    assert (refused.status, refused.code, refused.details) == (409, "StateConflict", {"recordId": run.execution_id})
    assert "has been deleted" in refused.message


def test_the_clean_up_removes_no_records_of_an_execution_that_is_seen(drills: Drills) -> None:
    """Whatever the index of what is due may still show of it."""
    run = drills.run(drills.plan({"servers": drills.servers()}))
    stale: list[Action] = [
        ExecutionItem.termination_queue.set("DELETING"),
        ExecutionItem.termination_due_at.set(datetime.now(UTC) - timedelta(minutes=1)),
    ]
    ExecutionItem(execution_id=run.execution_id).update(stale)
    drills.cloud.scheduler.run_now("drill-cleanup")
    again = Run(drills, run.execution_id)
    assert (again.servers, again.events) == (run.servers, run.events)


def test_several_are_deleted_with_a_result_for_each(drills: Drills) -> None:
    run = drills.run(drills.plan({"servers": drills.servers()}))
    answer = drills.ask(EXECUTION, "delete_executions", executionIds=[run.execution_id, "exec-unknown"], force=True)
    assert [(item["deleted"], item["code"]) for item in answer["items"]] == [(True, ""), (False, "RecordNotFound")]


# --- watchdog ---


def machine_arn(drills: Drills, name: str) -> str:
    return str(drills.cloud.state_machine_arn).replace(":stateMachine:", ":execution:") + f":{name}"


def kill_machine(drills: Drills, name: str) -> None:
    drills.cloud.client("stepfunctions").stop_execution(executionArn=machine_arn(drills, name))


def wait_for_end(drills: Drills, execution_id: str) -> Run:
    final = {"COMPLETED", "PARTIAL", "FAILED", "CANCELLED", "TIMED_OUT"}
    eventually(lambda: Run(drills, execution_id).status in final)
    return Run(drills, execution_id)


def test_a_run_whose_machine_is_killed_in_mid_wave_goes_on_and_launches_nothing_twice(drills: Drills) -> None:
    servers = drills.servers(3)
    # No wave waits on a token: what the local engine stops there goes on for some states.
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


def test_a_run_that_cannot_be_kept_alive_is_ended_truthfully(drills: Drills, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "MAX_RUNS", 1)
    execution_id = drills.start(drills.plan({"servers": drills.servers()}))
    eventually(lambda: Run(drills, execution_id).kinds("JOB_STARTED"), every=0.02)
    kill_machine(drills, execution_id)
    # Its job runs on in DRS, and the run ends with what has come of it.
    eventually(lambda: watched(drills.cloud) and Run(drills, execution_id).detail["execution"]["endedAt"])
    run = Run(drills, execution_id)
    assert (run.status, run.wave_statuses) == ("PARTIAL", ["FAILED"])
    assert [server["status"] for server in run.servers.values()] == ["LAUNCHED"]
    assert "the orchestration broke" in run.reason
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


# --- scheduled drills ---


def make_due(plan_id: str, ago: timedelta = timedelta(minutes=1)) -> None:
    due = (datetime.now(UTC) - ago).replace(microsecond=0)
    RecoveryPlanItem(plan_id=plan_id).update([RecoveryPlanItem.next_drill_at.set(due)])


def last_drill(drills: Drills, plan_id: str) -> Any:
    return drills.query("get_recovery_plan", planId=plan_id)["lastDrill"]


def test_a_scheduled_drill_starts_once_although_the_schedule_fires_twice_at_once(drills: Drills) -> None:
    plan_id = plan_of(drills, *drills.servers(), schedule={"cron": "0 3 * * SUN", "timeZone": "Europe/Berlin"})
    assert drills.query("get_recovery_plan", planId=plan_id)["nextDrillAt"]
    make_due(plan_id)
    with ThreadPoolExecutor(3) as pool:
        for done in [pool.submit(drills.cloud.scheduler.run_now, "due-drills") for _ in range(3)]:
            assert done.result().function_error is None
    assert drills.cloud.scheduler.run_now("due-drills").function_error is None
    (started,) = drills.query_all("list_executions", planId=plan_id)
    told = last_drill(drills, plan_id)
    assert (told["outcome"], told["executionId"]) == ("STARTED", started["executionId"])
    drills.ended(started["executionId"])


def test_a_scheduled_drill_is_skipped_with_the_reason_while_the_plan_is_busy(drills: Drills) -> None:
    plan_id = drills.plan({"servers": drills.servers(), "approvalRequired": True})
    save(drills, plan_id, schedule={"cron": "0 3 * * *"})
    execution_id = drills.start(plan_id)
    make_due(plan_id)
    assert drills.cloud.scheduler.run_now("due-drills").function_error is None
    told = last_drill(drills, plan_id)
    assert told["outcome"] == "SKIPPED"
    assert "already running" in told["reason"]
    assert execution_id in told["reason"]
    assert len(list(drills.query_all("list_executions", planId=plan_id))) == 1
    drills.ask(EXECUTION, "cancel_execution", executionId=execution_id)
    drills.ended(execution_id)


def test_a_scheduled_drill_whose_servers_are_taken_is_skipped_with_the_holder(drills: Drills) -> None:
    group = drills.group(drills.servers())
    wave = {"number": 1, "name": "Wave 1", "protectionGroupIds": [group], "approvalRequired": True}
    busy, due = (
        drills.manage("create_recovery_plan", name=f"{name} {group}", waves=[wave])["planId"]
        for name in ("Busy", "Due")
    )
    save(drills, due, schedule={"cron": "0 3 * * *"})
    execution_id = drills.start(busy)
    make_due(due)
    assert drills.cloud.scheduler.run_now("due-drills").function_error is None
    told = last_drill(drills, due)
    assert (told["outcome"], execution_id in told["reason"]) == ("SKIPPED", True)
    drills.ask(EXECUTION, "cancel_execution", executionId=execution_id)
    drills.ended(execution_id)


def test_a_scheduled_drill_waits_for_a_start_under_way_and_takes_over_from_a_dead_one(drills: Drills) -> None:
    """Its own start or another's: a minute later it is certain, and the next round starts it."""
    plan_id = plan_of(drills, *drills.servers(), schedule={"cron": "0 3 * * *"})
    make_due(plan_id)
    drills.cloud.runtime.crash_next("due-drills", service="dynamodb", operation="BatchWriteItem")
    assert drills.cloud.scheduler.run_now("due-drills").function_error
    assert drills.cloud.scheduler.run_now("due-drills").function_error is None
    assert last_drill(drills, plan_id) is None, "the start may still be alive"
    for key, holder in drills.holders().items():
        if holder == drills.holders()[f"plan#{plan_id}"]:
            item = ServerLeaseItem.get(key)
            item.update([ServerLeaseItem.taken_at.set(item.taken_at - leases.START_PATIENCE)])
    assert drills.cloud.scheduler.run_now("due-drills").function_error is None
    (started,) = drills.query_all("list_executions", planId=plan_id)
    told = last_drill(drills, plan_id)
    assert (told["outcome"], told["executionId"]) == ("STARTED", started["executionId"])
    assert drills.ended(started["executionId"]).status == "COMPLETED"


def test_a_round_that_a_person_runs_finds_the_drill_that_the_schedule_has_started(drills: Drills) -> None:
    plan_id = plan_of(drills, *drills.servers(), schedule={"cron": "0 3 * * *"})
    make_due(plan_id)
    drills.cloud.runtime.crash_next("due-drills", service="stepfunctions", operation="StartExecution", when="after")
    assert drills.cloud.scheduler.run_now("due-drills").function_error
    drills.cloud.runtime.crashes.clear()
    report = drills.ask(EXECUTION, "start_due_drills", caller="Ada")
    (started,) = drills.query_all("list_executions", planId=plan_id)
    assert report["started"] == {plan_id: started["executionId"]}
    assert started["initiatedBy"] == "events.amazonaws.com"
    drills.ended(started["executionId"])


@pytest.mark.parametrize(
    ("ago", "blackouts", "why"),
    [
        (timedelta(minutes=1), [{"start": "2020-01-01T00:00:00Z", "end": "2099-01-01T00:00:00Z"}], "blackout"),
        (timedelta(hours=2), [], "within an hour"),
    ],
)
def test_a_drill_in_a_blackout_or_long_missed_is_skipped(
    drills: Drills, ago: timedelta, blackouts: list[Any], why: str
) -> None:
    plan_id = plan_of(drills, *drills.servers(), schedule={"cron": "0 3 * * *", "blackouts": blackouts})
    make_due(plan_id, ago)
    assert drills.cloud.scheduler.run_now("due-drills").function_error is None
    told = last_drill(drills, plan_id)
    assert told["outcome"] == "SKIPPED"
    assert why in told["reason"]


def test_a_schedule_that_cannot_be_is_refused_field_by_field(drills: Drills) -> None:
    plan_id = drills.plan({"servers": drills.servers()})
    plan = drills.query("get_recovery_plan", planId=plan_id)
    schedule = {"cron": "0 3 31 2 *", "timeZone": "Mars/Base", "blackouts": [{"weekdays": ["XYZ"]}]}
    body = {"planId": plan_id, "version": plan["version"], "name": plan["name"], "waves": plan["waves"]}
    refused = drills.ask(MANAGEMENT, "update_recovery_plan", **body, schedule=schedule)
    assert isinstance(refused, Refused)
    fields = {problem["field"] for problem in refused.details["problems"]}
    assert fields == {"schedule.cron", "schedule.timeZone", "schedule.blackouts[0].weekdays"}
