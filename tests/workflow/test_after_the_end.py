"""What comes after a run: terminations, clean-up, deletion."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from pynamodb.expressions.update import Action

from chalicelib.domain.afterwards import termination
from chalicelib.domain.estate.quotas import SERVERS_PER_JOB
from chalicelib.domain.launches import place_order
from chalicelib.store.tables.runs import ExecutionItem, ServerLeaseItem
from drs_emulator.settings import Quotas
from tests.waiting import eventually
from tests.workflow.afterwards import EXECUTION, instances_of, plan_of, terminated, watched
from tests.workflow.drills import WEST, Drills, Refused, Run

# --- terminations ---


def test_all_instances_are_terminated_in_every_account_and_followed_to_the_end(drills: Drills) -> None:
    servers = [*drills.servers(2), *drills.servers(1, account=WEST)]
    run = drills.run(drills.plan({"servers": servers}))
    answer = drills.ask(EXECUTION, "terminate_recovery_instances", executionId=run.execution_id)
    assert (answer["total"], len(answer["places"])) == (3, 2)
    assert "3 instances in 2 account/Region pairs" in answer["statement"]
    again = drills.ask(EXECUTION, "terminate_recovery_instances", executionId=run.execution_id)
    assert again["askedAt"] == answer["askedAt"]
    status = terminated(drills, run.execution_id)
    assert (status["state"], status["terminated"], status["pending"]) == ("COMPLETED", 3, 0)
    after = Run(drills, run.execution_id)
    assert {server["status"] for server in after.servers.values()} == {"TERMINATED"}
    eventually(lambda: instances_of(drills, *servers) == [])
    assert len(after.kinds("TERMINATION_ENDED")) == 1
    repeated = drills.ask(EXECUTION, "terminate_recovery_instances", executionId=run.execution_id)
    assert (repeated["state"], repeated["endedAt"]) == ("COMPLETED", status["endedAt"])


def test_an_instance_that_is_gone_already_counts_as_done(drills: Drills) -> None:
    (server,) = drills.servers()
    run = drills.run(drills.plan({"servers": [server]}))
    drills.drs(server.account).terminate_recovery_instances(recoveryInstanceIDs=instances_of(drills, server))
    eventually(lambda: instances_of(drills, server) == [])
    answer = drills.ask(EXECUTION, "terminate_recovery_instances", executionId=run.execution_id)
    assert (answer["state"], answer["terminated"]) == ("COMPLETED", 1)


def test_a_protected_instance_is_reported_with_the_reason_and_can_be_tried_again(drills: Drills) -> None:
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


def test_only_instances_of_executions_that_have_ended_are_terminated(drills: Drills) -> None:
    execution_id = drills.start(drills.plan({"servers": drills.servers()}))
    refused = drills.ask(EXECUTION, "terminate_recovery_instances", executionId=execution_id)
    assert isinstance(refused, Refused)
    assert (refused.code, "cancel it first." in refused.message) == ("IllegalTransition", True)
    eventually(lambda: Run(drills, execution_id).jobs)
    drills.ask(EXECUTION, "cancel_execution", executionId=execution_id)
    refused = drills.ask(EXECUTION, "terminate_recovery_instances", executionId=execution_id)
    assert isinstance(refused, Refused)
    assert refused.message.endswith("Wait until its last DRS jobs have ended.")
    drills.ended(execution_id)


def test_more_instances_than_a_job_takes_are_terminated_in_several(
    drills: Drills, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DRS's API takes 200 ids, but a job only 100: a request of 101 would always be refused. Here a job takes 2."""
    assert termination.IDS_PER_REQUEST == SERVERS_PER_JOB == Quotas().servers_per_job == 100
    world = drills.cloud.emulator.world
    quotas = replace(world.settings.quotas, servers_per_job=2)
    monkeypatch.setattr(world, "settings", replace(world.settings, quotas=quotas))
    monkeypatch.setattr(termination, "IDS_PER_REQUEST", 2)
    monkeypatch.setattr(place_order, "SERVERS_PER_JOB", 2)
    servers = drills.servers(3)
    run = drills.run(drills.plan({"servers": servers}))
    assert len(run.jobs) == 2
    drills.ask(EXECUTION, "terminate_recovery_instances", executionId=run.execution_id)
    status = terminated(drills, run.execution_id)
    assert (status["state"], status["terminated"]) == ("COMPLETED", 3)
    requests = Run(drills, run.execution_id).kinds("TERMINATION_REQUESTED")
    assert len(requests) == 2
    assert not Run(drills, run.execution_id).kinds("TERMINATION_REFUSED")


def test_a_repeated_refusal_is_reported_once(drills: Drills) -> None:
    run = drills.run(drills.plan({"servers": drills.servers()}))
    full = drills.fault("QUOTA_EXCEEDED", match={"operation": "TerminateRecoveryInstances"})
    drills.ask(EXECUTION, "terminate_recovery_instances", executionId=run.execution_id)
    for _ in range(4):
        watched(drills.cloud)
    assert len(Run(drills, run.execution_id).kinds("TERMINATION_REFUSED")) == 1
    (problem,) = drills.query("get_termination_status", executionId=run.execution_id)["problems"]
    assert "requested again, because DRS refused it. ServiceQuotaExceededException: " in problem
    drills.cloud.emulator.remove_fault(full)
    status = terminated(drills, run.execution_id)
    assert status["state"] == "COMPLETED"


# --- clean-up ---


def test_what_the_policy_keeps_is_not_cleaned_up(drills: Drills) -> None:
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


def test_deleting_a_run_frees_the_leases_that_its_dead_function_left(drills: Drills) -> None:
    """But no lease that another run has taken over."""
    mine, theirs = drills.servers(2)
    run = drills.run(drills.plan({"servers": [mine, theirs]}))
    keys = {server: f"{server.account}#{server.region}#{server.server_id}" for server in (mine, theirs)}
    plan_key = f"plan#{run.detail['execution']['planId']}"
    for key, holder in ((plan_key, run.execution_id), (keys[mine], run.execution_id), (keys[theirs], "exec-other")):
        ServerLeaseItem(key=key, execution_id=holder, taken_at=datetime.now(UTC)).save()
    drills.ask(EXECUTION, "delete_execution", executionId=run.execution_id, force=True)
    left = {item.key: item.execution_id for item in ServerLeaseItem.batch_get([plan_key, *keys.values()])}
    assert left == {keys[theirs]: "exec-other"}
    ServerLeaseItem(key=keys[theirs]).delete()


def test_a_request_whose_run_was_deleted_does_not_start_another(drills: Drills) -> None:
    plan_id = drills.plan({"servers": drills.servers()})
    run = drills.run(plan_id, idempotencyKey=plan_id)
    drills.ask(EXECUTION, "delete_execution", executionId=run.execution_id, force=True)
    refused = drills.ask(EXECUTION, "start_execution", planId=plan_id, mode="DRILL", idempotencyKey=plan_id)
    assert (refused.status, refused.code, refused.details) == (409, "StateConflict", {"recordId": run.execution_id})
    assert "has since been deleted" in refused.message


def test_the_clean_up_removes_no_records_of_a_visible_execution(drills: Drills) -> None:
    """Even if the index of due work still lists it."""
    run = drills.run(drills.plan({"servers": drills.servers()}))
    stale: list[Action] = [
        ExecutionItem.termination_queue.set("DELETING"),
        ExecutionItem.termination_due_at.set(datetime.now(UTC) - timedelta(minutes=1)),
    ]
    ExecutionItem(execution_id=run.execution_id).update(stale)
    drills.cloud.scheduler.run_now("drill-cleanup")
    again = Run(drills, run.execution_id)
    assert (again.servers, again.events) == (run.servers, run.events)


def test_several_executions_are_deleted_with_a_result_for_each(drills: Drills) -> None:
    run = drills.run(drills.plan({"servers": drills.servers()}))
    answer = drills.ask(EXECUTION, "delete_executions", executionIds=[run.execution_id, "exec-unknown"], force=True)
    assert [(item["deleted"], item["code"]) for item in answer["items"]] == [(True, ""), (False, "RecordNotFound")]
