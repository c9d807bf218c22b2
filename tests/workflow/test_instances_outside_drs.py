"""Instances that have left DRS and run in EC2: never counted as gone, and named with what to do about them."""

from typing import Any

import pytest
from moto.core.exceptions import ServiceException
from moto.ec2.models import EC2Backend, ec2_backends

from tests.waiting import eventually
from tests.workflow.afterwards import EXECUTION, instances_of, leave_drs, plan_of, terminated
from tests.workflow.drills import Drills, Refused, Run, Server

REASON = "no longer registered in DRS"


def _ec2(drills: Drills, server: Server) -> Any:
    return drills.cloud.client("ec2", account=server.account, region=server.region)


def test_the_termination_names_it_and_the_drill_cannot_be_deleted_until_ec2_has_ended_it(drills: Drills) -> None:
    left, other = drills.servers(2)
    run = drills.run(drills.plan({"servers": [left, other]}))
    instance = leave_drs(drills, left)
    answer = drills.ask(EXECUTION, "terminate_recovery_instances", executionId=run.execution_id)
    assert instance in answer["statement"]
    assert "DRS is terminating 1 instance" in answer["statement"]
    status = terminated(drills, run.execution_id)
    assert (status["state"], status["terminated"], status["failed"]) == ("INCOMPLETE", 1, 1)
    (failure,) = status["failures"]
    assert (failure["recoveryInstanceId"], failure["sourceServerId"]) == (instance, left.server_id)
    assert f"{instance} in {left.account}/{left.region} is {REASON}" in failure["reason"]
    assert "RUNNING in EC2. Terminate it in EC2" in failure["reason"]
    (ended,) = Run(drills, run.execution_id).kinds("TERMINATION_ENDED")
    assert REASON in ended["message"]
    eventually(lambda: instances_of(drills, other) == [])
    refused = drills.ask(EXECUTION, "delete_execution", executionId=run.execution_id)
    assert isinstance(refused, Refused)
    assert (refused.code, refused.details["instances"]) == ("InUse", [instance])
    assert REASON in refused.message
    _ec2(drills, left).terminate_instances(InstanceIds=[instance])
    drills.ask(EXECUTION, "terminate_recovery_instances", executionId=run.execution_id)
    eventually(lambda: terminated(drills, run.execution_id)["state"] == "COMPLETED")
    drills.ask(EXECUTION, "delete_execution", executionId=run.execution_id)
    assert isinstance(drills.ask("query-handler", "get_execution", executionId=run.execution_id), Refused)


def test_the_clean_up_of_a_drill_names_it_too(drills: Drills) -> None:
    (server,) = drills.servers()
    drill = drills.run(plan_of(drills, server, cleanup={"onSuccessMinutes": 0}))
    instance = leave_drs(drills, server)
    drills.cloud.scheduler.run_now("drill-cleanup")
    status = terminated(drills, drill.execution_id)
    assert (status["state"], [item["recoveryInstanceId"] for item in status["failures"]]) == ("INCOMPLETE", [instance])


def test_an_instance_that_ec2_has_forgotten_does_not_hide_the_others(drills: Drills) -> None:
    """A call for several ids fails when EC2 does not know one of them."""
    gone, left = drills.servers(2)
    run = drills.run(drills.plan({"servers": [gone, left]}))
    forgotten, kept = leave_drs(drills, gone), leave_drs(drills, left)
    _ec2(drills, gone).terminate_instances(InstanceIds=[forgotten])
    backend = ec2_backends[gone.account][gone.region]
    for reservation in backend.reservations.values():
        reservation.instances[:] = [item for item in reservation.instances if item.id != forgotten]
    drills.ask(EXECUTION, "terminate_recovery_instances", executionId=run.execution_id)
    status = terminated(drills, run.execution_id)
    assert (status["terminated"], [item["recoveryInstanceId"] for item in status["failures"]]) == (1, [kept])


def test_nothing_counts_as_gone_while_ec2_does_not_answer(drills: Drills, monkeypatch: pytest.MonkeyPatch) -> None:
    (server,) = drills.servers()
    run = drills.run(drills.plan({"servers": [server]}))
    leave_drs(drills, server)
    with monkeypatch.context() as patch:

        def refuse(*_: Any, **__: Any) -> Any:
            raise ServiceException("UnauthorizedOperation", "You are not authorized.")

        patch.setattr(EC2Backend, "describe_instances", refuse)
        patch.setattr(EC2Backend, "all_reservations", refuse)
        answer = drills.ask(EXECUTION, "terminate_recovery_instances", executionId=run.execution_id)
        assert (answer["state"], answer["terminated"]) == ("IN_PROGRESS", 0)
        assert "DescribeInstances" in answer["problems"][0]
        shown = drills.query("get_termination_status", executionId=run.execution_id)
        assert (shown["terminated"], len(shown["problems"])) == (0, 1)
    assert terminated(drills, run.execution_id)["state"] == "INCOMPLETE"
