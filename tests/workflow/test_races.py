"""Calls for the same thing at the same moment: exactly one wins, the others get a clear answer."""

import uuid
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest

from chalicelib.domain.runs.leases import Lease, plan_lease_key
from chalicelib.ids import new_id
from chalicelib.store.tables.runs import LEASES, ServerLeaseItem
from local.aws_calls import AwsCall
from tests.observed import before_the_first
from tests.waiting import eventually
from tests.workflow.drills import Drills, Refused, Run, Server, at_once

EXECUTION, MANAGEMENT = "execution-handler", "data-management-handler"
ROUNDS = range(3)


def _awaiting(drills: Drills, *, waves: int = 1) -> str:
    """Starts a drill whose waves, independent of each other, all await an approval; returns its id."""
    wanted = [{"servers": [server], "approvalRequired": True, "dependsOn": []} for server in drills.servers(waves)]
    execution_id = drills.start(drills.plan(*wanted))
    eventually(lambda: set(Run(drills, execution_id).wave_statuses) == {"AWAITING_APPROVAL"})
    return execution_id


def test_only_one_of_two_approvals_counts(drills: Drills) -> None:
    """Each wave of the drill is a round."""
    execution_id = _awaiting(drills, waves=len(ROUNDS))
    approvers: dict[int, str] = {}
    for number in range(1, len(ROUNDS) + 1):
        decide = partial(drills.ask, EXECUTION, "approve_wave", executionId=execution_id, waveNumber=number)
        answers = at_once(partial(decide, caller="Ada"), partial(decide, caller="Bob"))
        (approved,) = [answer for answer in answers if not isinstance(answer, Refused)]
        (refused,) = [answer for answer in answers if isinstance(answer, Refused)]
        assert approved["changed"]
        assert (refused.status, refused.code) == (409, "StateConflict")
        approvers[number] = refused.details["approvedBy"]
    run = drills.ended(execution_id)
    lines = {line["waveNumber"]: line["message"] for line in run.kinds("WAVE_APPROVED")}
    assert len(run.kinds("WAVE_APPROVED")) == len(lines) == len(ROUNDS)
    assert all(person in lines[number] for number, person in approvers.items())
    assert {number: wave["approvedBy"] for number, wave in run.waves.items()} == approvers
    assert run.status == "COMPLETED"


@pytest.mark.parametrize("round_", ROUNDS)
def test_only_one_of_an_approval_and_a_rejection_counts(drills: Drills, round_: int) -> None:
    execution_id = _awaiting(drills)
    approval, rejection = at_once(
        *(
            partial(drills.ask, EXECUTION, operation, caller=caller, executionId=execution_id, waveNumber=1)
            for operation, caller in (("approve_wave", "Ada"), ("reject_wave", "Bob"))
        )
    )
    assert isinstance(approval, Refused) != isinstance(rejection, Refused), (approval, rejection)
    run = drills.ended(execution_id)
    if isinstance(rejection, Refused):
        assert (rejection.status, run.status, len(run.kinds("WAVE_REJECTED"))) == (409, "COMPLETED", 0)
    else:
        assert (approval.status, run.wave_statuses, len(run.jobs)) == (409, ["CANCELLED"], 0)


@pytest.mark.parametrize("round_", ROUNDS)
def test_only_one_of_a_retry_a_rejection_and_a_skip_counts(drills: Drills, round_: int) -> None:
    (server,) = drills.servers()
    drills.fault("LAUNCH_FAILED", server, times=1)
    execution_id = drills.start(drills.plan({"servers": [server], "onFailure": "PAUSE"}))
    eventually(lambda: _wave(drills, execution_id)["status"] == "AWAITING_DECISION")
    on: dict[str, Any] = {"executionId": execution_id, "waveNumber": 1}
    answers = at_once(
        partial(drills.ask, EXECUTION, "retry_wave", **on),
        partial(drills.ask, EXECUTION, "reject_wave", **on),
        partial(drills.ask, EXECUTION, "skip_wave", reason="Not needed.", **on),
    )
    (winner,) = [number for number, answer in enumerate(answers) if not isinstance(answer, Refused)]
    assert {answer.code for answer in answers if isinstance(answer, Refused)} == {"IllegalTransition"}
    run = drills.ended(execution_id)
    assert run.wave_statuses == [["COMPLETED"], ["FAILED"], ["SKIPPED"]][winner]
    assert len(run.launches_of(server)) == (2 if winner == 0 else 1)


@pytest.mark.parametrize("round_", ROUNDS)
def test_a_start_and_the_deletion_of_plan_and_group_never_both_happen(drills: Drills, round_: int) -> None:
    group_id = drills.group(drills.servers())
    waves = [{"number": 1, "name": "Wave 1", "protectionGroupIds": [group_id]}]
    plan_id = drills.manage("create_recovery_plan", name=f"Race of {group_id}", waves=waves)["planId"]

    def delete() -> list[Any]:
        return [
            drills.ask(MANAGEMENT, "delete_recovery_plan", planId=plan_id),
            drills.ask(MANAGEMENT, "delete_protection_group", groupId=group_id),
        ]

    started, deleted = at_once(partial(drills.ask, EXECUTION, "start_execution", planId=plan_id, mode="DRILL"), delete)
    if isinstance(started, Refused):
        of_plan, of_group = deleted
        assert (started.status, started.code) == (404, "RecordNotFound"), started
        assert not isinstance(of_plan, Refused), of_plan
        if isinstance(of_group, Refused):
            assert (of_group.code, "a start in progress" in of_group.message) == ("InUse", True), of_group
            assert not isinstance(drills.ask(MANAGEMENT, "delete_protection_group", groupId=group_id), Refused)
        assert not list(drills.query_all("list_executions", planId=plan_id))
        assert not [key for key in drills.holders() if key.endswith((group_id, plan_id))]
    else:
        assert {(answer.status, answer.code) for answer in deleted} == {(409, "InUse")}, deleted
        assert drills.ended(started["execution"]["executionId"]).status == "COMPLETED"


@pytest.mark.parametrize("round_", ROUNDS)
def test_clean_up_and_termination_at_once_are_one_round(drills: Drills, round_: int) -> None:
    servers = drills.servers(2)
    plan = drills.query("get_recovery_plan", planId=drills.plan({"servers": servers}))
    content = {name: plan[name] for name in ("planId", "version", "name", "waves")}
    drills.manage("update_recovery_plan", **content, cleanup={"onSuccessMinutes": 0})
    run = drills.run(plan["planId"])
    cleaned, termination = at_once(
        partial(drills.cloud.scheduler.run_now, "drill-cleanup"),
        partial(drills.ask, EXECUTION, "terminate_recovery_instances", executionId=run.execution_id),
    )
    assert cleaned.function_error is None
    assert termination["total"] == 2
    status = eventually(lambda: _terminated(drills, run.execution_id))
    assert (status["state"], status["terminated"]) == ("COMPLETED", 2)
    after = Run(drills, run.execution_id)
    assert len(after.kinds("CLEANUP_BEGUN") + after.kinds("TERMINATION_ASKED")) == 1
    assert len(after.kinds("TERMINATION_REQUESTED")) == 1, "one request to DRS"
    assert len(after.kinds("TERMINATION_ENDED")) == 1


@pytest.mark.parametrize("round_", ROUNDS)
def test_only_one_of_several_recoveries_takes_the_servers_of_a_drill(drills: Drills, round_: int) -> None:
    servers = drills.servers(2)
    plan_id = drills.plan({"servers": servers})
    fault = drills.fault("LAUNCH_STUCK", *servers)
    drill = drills.start(plan_id)
    eventually(lambda: drills.jobs_with(servers[0]))
    start = partial(drills.ask, EXECUTION, "start_execution", planId=plan_id, mode="RECOVERY", reason="It burns.")
    answers = at_once(start, start, start)
    (won,) = [answer for answer in answers if not isinstance(answer, Refused)]
    winner = won["execution"]["executionId"]
    lost = [answer for answer in answers if isinstance(answer, Refused)]
    assert {(answer.code, answer.details["executionId"]) for answer in lost} == {("AlreadyRunning", winner)}
    drills.cloud.emulator.remove_fault(fault)
    assert drills.ended(drill).status == "CANCELLED"
    recovered = drills.ended(winner)
    assert recovered.status == "COMPLETED"
    assert all(len(recovered.launches_of(server)) == 2 for server in servers), (
        "one launch by each run, one after the other"
    )


def test_a_start_that_sees_only_a_part_of_what_another_start_of_its_plan_takes_names_the_plan(drills: Drills) -> None:
    """Leases are read one by one: the other start has taken the server, and is not seen yet with the plan."""
    (server,) = drills.servers()
    plan_id = drills.plan({"servers": [server]})
    fault = drills.fault("LAUNCH_STUCK", server)
    drill = drills.start(plan_id)
    eventually(lambda: drills.jobs_with(server))
    other, of_plan = new_id("exec"), plan_lease_key(plan_id)

    def held(key: str, holder: str) -> ServerLeaseItem:
        return LEASES.to_item(Lease(key, holder, datetime.now(UTC)))

    of_server = next(key for key in drills.holders() if key.endswith(server.server_id))
    held(of_server, other).save()

    def reads_the_plan_alone(call: AwsCall, function: str | None) -> bool:
        if (function, call.operation) != (EXECUTION, "BatchGetItem"):
            return False
        leases = call.params["RequestItems"].get(ServerLeaseItem.Meta.table_name, {"Keys": ()})
        return [key["lease"]["S"] for key in leases["Keys"]] == [of_plan]

    start = partial(drills.ask, EXECUTION, "start_execution", planId=plan_id, mode="RECOVERY", reason="It burns.")
    with before_the_first(drills.cloud, reads_the_plan_alone, lambda _: held(of_plan, other).save()):
        refused = start()
    assert (refused.code, refused.details["executionId"]) == ("AlreadyRunning", other)
    held(of_plan, drill).save()
    refused = start()
    assert (refused.code, refused.details["executionId"]) == ("ServersBusy", other), "as it is without the plan"
    held(of_server, drill).save()
    drills.cloud.emulator.remove_fault(fault)
    assert drills.ended(drill).status == "COMPLETED"


@pytest.mark.parametrize("round_", ROUNDS)
def test_many_writers_of_one_place_all_get_through(drills: Drills, round_: int) -> None:
    changed, planned, doomed = (drills.group(drills.servers()) for _ in range(3))
    group = drills.query("get_protection_group", groupId=changed)["group"]
    content = {"name": group["name"], "sourceServerIds": group["sourceServerIds"], "version": 1}
    answers = at_once(
        *(partial(_create_group, drills, server) for server in drills.servers(4)),
        *(partial(_create_plan, drills, group_id) for group_id in (changed, planned, planned)),
        partial(drills.ask, MANAGEMENT, "update_protection_group", groupId=changed, **content),
        partial(drills.ask, MANAGEMENT, "delete_protection_group", groupId=doomed),
    )
    assert [answer for answer in answers if isinstance(answer, Refused)] == []
    plans = [plan["planId"] for plan in answers[4:7]]
    assert _plans_that_use(drills, changed) == {plans[0]}
    assert _plans_that_use(drills, planned) == set(plans[1:])
    for plan_id in plans:
        drills.manage("delete_recovery_plan", planId=plan_id)
    for group_id in (changed, planned, *(made["groupId"] for made in answers[:4])):
        drills.manage("delete_protection_group", groupId=group_id)


@pytest.mark.parametrize("round_", ROUNDS)
def test_writers_of_one_place_that_contradict_each_other_never_both_win(drills: Drills, round_: int) -> None:
    (server,) = drills.servers()
    doomed = drills.group(drills.servers())
    create = partial(_create_group, drills, server)
    *created, planned, deleted = at_once(
        create,
        create,
        create,
        partial(_create_plan, drills, doomed),
        partial(drills.ask, MANAGEMENT, "delete_protection_group", groupId=doomed),
    )
    (won,) = [answer for answer in created if not isinstance(answer, Refused)]
    overlap = {"groupId": won["groupId"], "groupName": won["name"], "sourceServerIds": [server.server_id]}
    lost = [answer for answer in created if isinstance(answer, Refused)]
    assert [(answer.code, answer.details) for answer in lost] == [("InUse", {"overlaps": [overlap]})] * 2
    assert all(f"{server.hostname} ({server.server_id}) in the group '{won['name']}'" in each.message for each in lost)
    if isinstance(planned, Refused):
        assert not isinstance(deleted, Refused), (planned, deleted)
        assert (planned.status, f"'{doomed}' does not exist" in planned.message) == (400, True), planned
    else:
        assert (deleted.code, [plan["planId"] for plan in deleted.details["plans"]]) == ("InUse", [planned["planId"]])


def _create_group(drills: Drills, server: Server) -> Any:
    content: dict[str, Any] = {"accountId": server.account, "region": server.region}
    content |= {"name": f"Race {uuid.uuid4()}", "sourceServerIds": [server.server_id]}
    return drills.ask(MANAGEMENT, "create_protection_group", **content)


def _create_plan(drills: Drills, group_id: str) -> Any:
    waves = [{"number": 1, "name": "Wave 1", "protectionGroupIds": [group_id]}]
    return drills.ask(MANAGEMENT, "create_recovery_plan", name=f"Race {uuid.uuid4()}", waves=waves)


def _plans_that_use(drills: Drills, group_id: str) -> set[str]:
    """The plans that prevent the deletion of a group."""
    refused = drills.ask(MANAGEMENT, "delete_protection_group", groupId=group_id)
    return {plan["planId"] for plan in refused.details["plans"]}


def _wave(drills: Drills, execution_id: str) -> Any:
    return drills.query("get_execution", executionId=execution_id)["waves"][0]


def _terminated(drills: Drills, execution_id: str) -> Any:
    drills.cloud.scheduler.run_now("execution-watchdog")
    status = drills.query("get_termination_status", executionId=execution_id)
    return status["endedAt"] and status
