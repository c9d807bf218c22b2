"""Shared by tests of finished, lost and scheduled runs: plans, instances, the watchdog, dead machines."""

from typing import Any

from local.cloud import LocalCloud
from tests.waiting import eventually
from tests.workflow.drills import Drills, Run, Server

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
    """Runs the watchdog until the termination is over; returns its status."""

    def done() -> Any:
        drills.cloud.scheduler.run_now("execution-watchdog")
        status = drills.query("get_termination_status", executionId=execution_id)
        return status["endedAt"] and status

    return eventually(done, every=0.3)


def watched(cloud: LocalCloud) -> Any:
    result = cloud.scheduler.run_now("execution-watchdog")
    assert result.function_error is None, result.payload
    return result.value["body"]


def machine_arn(drills: Drills, name: str) -> str:
    return str(drills.cloud.state_machine_arn).replace(":stateMachine:", ":execution:") + f":{name}"


def kill_machine(drills: Drills, name: str) -> None:
    drills.cloud.client("stepfunctions").stop_execution(executionArn=machine_arn(drills, name))


def wait_for_end(drills: Drills, execution_id: str) -> Run:
    final = {"COMPLETED", "PARTIAL", "FAILED", "CANCELLED", "TIMED_OUT"}
    eventually(lambda: Run(drills, execution_id).status in final)
    return Run(drills, execution_id)


def leave_drs(drills: Drills, server: Server) -> str:
    """Disconnects the instance of a server and deletes it from DRS, as people do in the console; it runs on in EC2."""
    (instance,) = instances_of(drills, server)
    drs = drills.drs(server.account)
    drs.disconnect_recovery_instance(recoveryInstanceID=instance)
    drs.delete_recovery_instance(recoveryInstanceID=instance)
    return instance
