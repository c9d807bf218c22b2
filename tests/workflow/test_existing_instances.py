"""Instances of earlier recoveries: no drill ends one, and a recovery only those that its start has named."""

from typing import Any

import pytest

from tests.preflights import check_plan
from tests.waiting import eventually
from tests.workflow.drills import EAST, REGION_OF, WEST, Drills, Refused, Run, Server

RECOVERY = {"mode": "RECOVERY", "reason": "us-east-1 is failing"}


def _ask(drills: Drills, plan_id: str, **body: Any) -> Any:
    return drills.ask("execution-handler", "start_execution", planId=plan_id, **{"mode": "DRILL", **body})


def _instances(drills: Drills, server: Server) -> dict[str, str]:
    """The state in EC2 itself of every instance that was launched for the server, by id."""
    chosen = [{"Name": "tag:AWSElasticDisasterRecoverySourceServerID", "Values": [server.server_id]}]
    ec2 = drills.cloud.client("ec2", account=server.account, region=server.region)
    found = ec2.describe_instances(Filters=chosen)["Reservations"]
    return {item["InstanceId"]: item["State"]["Name"] for group in found for item in group["Instances"]}


def _recover_elsewhere(drills: Drills, *servers: Server) -> None:
    """A recovery that somebody starts in the console of DRS, to its end."""
    account, region = servers[0].account, servers[0].region
    drs = drills.drs(account, region)
    wanted = [{"sourceServerID": server.server_id} for server in servers]
    job = drs.start_recovery(sourceServers=wanted, isDrill=False)["job"]["jobID"]
    eventually(lambda: drs.describe_jobs(filters={"jobIDs": [job]})["items"][0]["status"] == "COMPLETED")
    eventually(lambda: all("running" in _instances(drills, server).values() for server in servers))


def _run_like(drills: Drills, instance_id: str, server: Server) -> None:
    """Runs an instance with DRS's tag of the server, as one whose launch is long forgotten."""
    ec2 = drills.cloud.client("ec2", account=server.account, region=server.region)
    (group,) = ec2.describe_instances(InstanceIds=[instance_id])["Reservations"]
    tags = [{"Key": "AWSElasticDisasterRecoverySourceServerID", "Value": server.server_id}]
    ec2.run_instances(
        ImageId=group["Instances"][0]["ImageId"],
        MinCount=1,
        MaxCount=1,
        TagSpecifications=[{"ResourceType": "instance", "Tags": tags}],
    )


def _leave_drs(drills: Drills, server: Server, instance_id: str) -> None:
    """Disconnects and deletes the instance in DRS; it runs on in EC2."""
    drs = drills.drs(server.account, server.region)
    drs.disconnect_recovery_instance(recoveryInstanceID=instance_id)
    drs.delete_recovery_instance(recoveryInstanceID=instance_id)


def test_a_drill_over_a_living_recovery_is_refused_and_a_recovery_replaces_only_what_it_names(drills: Drills) -> None:
    servers = [*drills.servers(), *drills.servers(1, account=WEST)]
    plan_id = drills.plan({"servers": servers})
    first = drills.run(plan_id, **RECOVERY)
    living = {server.server_id: first.server(server)["recoveryInstanceId"] for server in servers}
    launches = len(first.all_jobs)

    for accepted in (False, True):
        refused = _ask(drills, plan_id, acceptDegraded=accepted)
        assert (refused.status, refused.code) == (422, "PreflightBlocked")
        assert first.execution_id in refused.message
        assert any(instance_id in refused.message for instance_id in living.values())
        shown = {item["sourceServerId"]: item["findings"][0]["code"] for item in refused.details["servers"]}
        assert shown == dict.fromkeys(living, "RECOVERY_INSTANCE_EXISTS")
    refused = _ask(drills, plan_id, **RECOVERY)
    assert (refused.code, "replaceInstances" in refused.message) == ("PreflightBlocked", True)
    for server in servers:
        assert _instances(drills, server) == {living[server.server_id]: "running"}
    assert len(drills.jobs()) == launches, "nothing was asked of DRS"

    listed = drills.query("get_existing_instances", planId=plan_id)
    assert listed["problems"] == []
    assert {item["instanceId"] for item in listed["items"]} == set(living.values())
    assert {(item["mode"], item["executionId"], item["state"]) for item in listed["items"]} == {
        ("RECOVERY", first.execution_id, "RUNNING")
    }
    assert all(item["ageSeconds"] is not None for item in listed["items"])
    looked = check_plan(drills.cloud, plan_id, mode="RECOVERY")
    assert (looked["wouldStart"], looked["blockedCount"]) == (False, 2)
    assert {item["existingInstances"][0]["instanceId"] for item in looked["servers"]} == set(living.values())

    named = [servers[0].server_id]
    partly = _ask(drills, plan_id, **RECOVERY, replaceInstances=named)
    assert [item["sourceServerId"] for item in partly.details["servers"]] == [servers[1].server_id]
    name = drills.query("get_recovery_plan", planId=plan_id)["name"]
    second = drills.run(plan_id, **RECOVERY, replaceInstances=name)
    assert second.status == "COMPLETED"
    begun = second.kinds("EXECUTION_STARTED")[0]["message"]
    for server in servers:
        old, new = living[server.server_id], second.server(server)["recoveryInstanceId"]
        assert _instances(drills, server) == {old: "terminated", new: "running"}
        assert second.server(server)["replaces"] == [old]
        assert old in begun


def test_the_instance_of_an_earlier_drill_is_replaced(drills: Drills) -> None:
    (server,) = drills.servers()
    plan_id = drills.plan({"servers": [server]})
    old = drills.run(plan_id).server(server)["recoveryInstanceId"]
    looked = check_plan(drills.cloud, plan_id)
    assert looked["servers"][0]["readiness"] == "DEGRADED"
    assert [item["code"] for item in looked["servers"][0]["findings"]] == ["DRILL_INSTANCE_EXISTS"]
    run = drills.run(plan_id)
    assert run.status == "COMPLETED"
    assert _instances(drills, server)[old] == "terminated"


def test_an_instance_that_has_left_drs_is_found_in_ec2(drills: Drills) -> None:
    """Its job or our records say what it is; one that nobody knows counts as that of a recovery."""
    drilled, recovered, foreign, unknown = drills.servers(4)
    plans = {server: drills.plan({"servers": [server]}) for server in (drilled, recovered, foreign, unknown)}
    drills.run(plans[drilled])
    drills.run(plans[recovered], **RECOVERY)
    _recover_elsewhere(drills, foreign)
    for server in (drilled, recovered, foreign):
        (instance_id,) = _instances(drills, server)
        _leave_drs(drills, server, instance_id)
    _run_like(drills, next(iter(_instances(drills, foreign))), unknown)
    shown = {
        server: [item["mode"] for item in drills.query("get_existing_instances", planId=plans[server])["items"]]
        for server in plans
    }
    assert shown == {drilled: ["DRILL"], recovered: ["RECOVERY"], foreign: ["RECOVERY"], unknown: ["UNKNOWN"]}
    assert drills.run(plans[drilled]).status == "COMPLETED"
    for server in (recovered, foreign, unknown):
        assert isinstance(_ask(drills, plans[server]), Refused)
        assert set(_instances(drills, server).values()) == {"running"}


@pytest.mark.parametrize("mode", ["DRILL", "RECOVERY"])
def test_a_recovery_that_appears_after_the_start_is_never_ended(drills: Drills, mode: str) -> None:
    """Not by the drill nor by a recovery that has agreed to end another instance; and the other server launches."""
    endangered, other = drills.servers(2)
    plan_id = drills.plan({"servers": [endangered, other], "approvalRequired": True, "onFailure": "CONTINUE"})
    body: dict[str, Any] = {}
    if mode == "RECOVERY":
        name = drills.query("get_recovery_plan", planId=plan_id)["name"]
        body = {**RECOVERY, "replaceInstances": name}
    execution = drills.start(plan_id, **body)
    eventually(
        lambda: drills.query("get_execution", executionId=execution)["waves"][0]["status"] == "AWAITING_APPROVAL"
    )
    _recover_elsewhere(drills, endangered)
    (living,) = _instances(drills, endangered)
    drills.ask("execution-handler", "approve_wave", executionId=execution, waveNumber=1)
    run = drills.ended(execution)
    assert (run.status, run.wave_statuses) == ("PARTIAL", ["FAILED"])
    assert run.server(other)["status"] == "LAUNCHED"
    assert run.server(endangered)["status"] == "FAILED"
    assert living in run.server(endangered)["error"]
    (line,) = run.kinds("SERVER_FAILED")
    assert living in line["message"]
    assert _instances(drills, endangered) == {living: "running"}
    assert len(run.launches_of(endangered)) == 1, "only the recovery in the console"


def test_a_launch_waits_while_it_cannot_be_checked_what_it_would_end(drills: Drills) -> None:
    (server,) = drills.servers()
    plan_id = drills.plan({"servers": [server], "approvalRequired": True})
    execution = drills.start(plan_id)
    eventually(
        lambda: drills.query("get_execution", executionId=execution)["waves"][0]["status"] == "AWAITING_APPROVAL"
    )
    fault = drills.fault("ACCESS_DENIED", match={"operation": "DescribeRecoveryInstances"})
    drills.ask("execution-handler", "approve_wave", executionId=execution, waveNumber=1)
    eventually(lambda: Run(drills, execution).kinds("SERVERS_QUEUED"))
    eventually(lambda: drills.struck(fault) >= 3)
    waiting = Run(drills, execution)
    (line,) = waiting.kinds("SERVERS_QUEUED")
    assert "could not be checked" in line["message"]
    assert "AccessDenied" in waiting.server(server)["error"]
    assert (waiting.server(server)["status"], waiting.jobs) == ("NOT_STARTED", [])
    drills.cloud.emulator.remove_fault(fault)
    run = drills.ended(execution)
    assert (run.status, run.server(server)["error"]) == ("COMPLETED", "")


def test_a_start_says_that_it_could_not_check_and_starts_no_drill(drills: Drills) -> None:
    unread, other = drills.servers(1), drills.servers(1, account=WEST)
    plan_id = drills.plan({"servers": [*unread, *other], "approvalRequired": True})
    match = {"operation": "DescribeRecoveryInstances", "account": EAST, "region": REGION_OF[EAST]}
    fault = drills.fault("ACCESS_DENIED", match=match)
    refused = _ask(drills, plan_id)
    assert (refused.status, refused.code) == (503, "Unavailable"), "trying again can help"
    assert "could not be checked" in refused.message
    assert [item["sourceServerId"] for item in refused.details["servers"]] == [unread[0].server_id]
    listed = drills.query("get_existing_instances", planId=plan_id)
    assert [EAST in problem for problem in listed["problems"]] == [True]
    partly = _ask(drills, plan_id, acceptDegraded=True)
    assert [run["sourceServerId"] for run in partly["excluded"]] == [unread[0].server_id]
    drills.ask("execution-handler", "cancel_execution", executionId=partly["execution"]["executionId"])
    drills.ended(partly["execution"]["executionId"])
    recovery = _ask(drills, plan_id, **RECOVERY)
    assert recovery["excluded"] == [], "it is checked again before the launch"
    drills.cloud.emulator.remove_fault(fault)
    drills.ask("execution-handler", "cancel_execution", executionId=recovery["execution"]["executionId"])
    drills.ended(recovery["execution"]["executionId"])


def test_naming_the_same_servers_in_another_order_is_the_same_request(drills: Drills) -> None:
    servers = drills.servers(2)
    plan_id = drills.plan({"servers": servers, "approvalRequired": True})
    ids = [server.server_id for server in servers]
    body = {**RECOVERY, "idempotencyKey": plan_id}
    first = _ask(drills, plan_id, **body, replaceInstances=ids)["execution"]["executionId"]
    again = _ask(drills, plan_id, **body, replaceInstances=[*reversed(ids), ids[0]])
    assert (again["execution"]["executionId"], again["repeated"]) == (first, True)
    assert _ask(drills, plan_id, **body, replaceInstances=ids[:1]).code == "StateConflict"
    drills.ask("execution-handler", "cancel_execution", executionId=first)
    drills.ended(first)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"mode": "DRILL", "replaceInstances": ["s-00000000000000001"]}, "replaceInstances"),
        ({**RECOVERY, "replaceInstances": ["s-00000000000000001"]}, "replaceInstances[0]"),
        ({**RECOVERY, "replaceInstances": "another plan"}, "replaceInstances"),
        ({**RECOVERY, "replaceInstances": 7}, "replaceInstances"),
        ({**RECOVERY, "replaceInstances": [7]}, "replaceInstances[0]"),
    ],
)
def test_what_cannot_be_replaced_is_refused_by_its_field(drills: Drills, body: dict[str, Any], field: str) -> None:
    plan_id = drills.plan({"servers": drills.servers()})
    refused = _ask(drills, plan_id, **body)
    assert (refused.status, refused.details["problems"][0]["field"]) == (400, field)
