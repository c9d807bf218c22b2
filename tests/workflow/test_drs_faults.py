"""DRS throttles, hangs, loses answers and omits results: no second launch, no lost server."""

import pytest

from tests.waiting import eventually
from tests.workflow.drills import EAST, WEST, Drills, Server


def _two_places(drills: Drills) -> tuple[list[Server], str]:
    """A plan of one wave, whose two servers are launched by a request each."""
    servers = [*drills.servers(), *drills.servers(1, account=WEST)]
    return servers, drills.plan({"servers": servers})


@pytest.mark.parametrize(
    "rule",
    [
        {"kind": "THROTTLE", "times": 2},
        {"kind": "QUOTA_EXCEEDED", "times": 2, "parameters": {"quotaCode": "L-D88FAC3A"}},
        {"kind": "CONFLICT", "times": 2},
        {"kind": "INTERNAL_ERROR", "times": 1},
        {"kind": "SLOW_CALL", "times": 2, "parameters": {"delaySeconds": 0.4}},
        {"kind": "DROPPED_CONNECTION", "times": 1, "parameters": {"beforeAction": True}},
        {"kind": "DROPPED_CONNECTION", "times": 2},
        {"kind": "DELAYED_ANSWER", "times": 1, "parameters": {"delaySeconds": 6.0}},
    ],
    ids=lambda rule: "-".join([rule["kind"], *map(str, rule.get("parameters", {}))]),
)
def test_a_launch_that_goes_wrong_succeeds_without_a_second_one(drills: Drills, rule: dict[str, object]) -> None:
    servers, plan = _two_places(drills)
    fault = drills.fault(
        str(rule["kind"]), match={"operation": "StartRecovery"}, **{k: v for k, v in rule.items() if k != "kind"}
    )
    run = drills.run(plan)
    assert drills.struck(fault) == rule["times"]
    assert (run.status, run.wave_statuses) == ("COMPLETED", ["COMPLETED"])
    for server in servers:
        assert len(run.launches_of(server)) == 1


def test_a_job_whose_answer_was_lost_is_found_and_reported(drills: Drills) -> None:
    server, plan = _two_places(drills)
    drills.fault("DROPPED_CONNECTION", server[0], match={"operation": "StartRecovery"}, times=1)
    run = drills.run(plan)
    assert len(run.kinds("JOB_UNCERTAIN")) == 1
    assert [event["details"]["jobId"] for event in run.kinds("JOB_ADOPTED")] == [run.server(server[0])["jobId"]]


def test_a_job_without_tags_and_servers_at_first_is_waited_for(drills: Drills) -> None:
    servers, plan = _two_places(drills)
    drills.fault("EMPTY_PARTICIPATING_SERVERS", match={"account": EAST}, parameters={"forSeconds": 300.0})
    drills.fault("DROPPED_CONNECTION", servers[0], match={"operation": "StartRecovery"}, times=1)
    run = drills.run(plan)
    assert run.status == "COMPLETED"
    assert len(drills.jobs_with(servers[0])) == 1


@pytest.mark.parametrize("kind", ["THROTTLE", "INTERNAL_ERROR", "DROPPED_CONNECTION", "ACCESS_DENIED"])
def test_failed_looks_at_drs_lead_to_no_conclusion(drills: Drills, kind: str) -> None:
    servers, plan = _two_places(drills)
    stuck = drills.fault("LAUNCH_STUCK", servers[0])
    execution = drills.start(plan)
    eventually(lambda: drills.jobs_with(servers[0]))
    fault = drills.fault(kind, match={"operation": "DescribeJobs", "account": EAST}, times=5)
    drills.cloud.emulator.remove_fault(stuck)
    assert drills.ended(execution).status == "COMPLETED"
    assert drills.struck(fault) == 5


def test_an_account_that_cannot_be_read_is_polled_until_it_can(drills: Drills) -> None:
    servers, plan = _two_places(drills)
    stuck = drills.fault("LAUNCH_STUCK", servers[0])
    execution = drills.start(plan)
    eventually(lambda: drills.jobs_with(servers[0]))
    fault = drills.fault("ACCESS_DENIED", match={"account": EAST})
    drills.cloud.emulator.remove_fault(stuck)
    eventually(lambda: _jobs_have_ended(drills, servers[0]))
    assert not drills.query("get_execution", executionId=execution)["execution"]["endedAt"]
    drills.cloud.emulator.remove_fault(fault)
    assert drills.ended(execution).status == "COMPLETED"


def test_denied_launches_fail_with_the_reason_and_the_other_account_is_not_touched(drills: Drills) -> None:
    east, west = drills.servers(2), drills.servers(1, account=WEST)
    drills.fault("ACCESS_DENIED", match={"operation": "StartRecovery", "account": EAST})
    run = drills.run(drills.plan({"servers": east + west}))
    assert (run.status, run.wave_statuses) == ("PARTIAL", ["FAILED"])
    assert all("AccessDenied" in run.server(server)["error"] for server in east)
    assert run.server(west[0])["status"] == "LAUNCHED"


def test_an_account_that_cannot_be_read_stops_the_start_and_holds_nothing(drills: Drills) -> None:
    _, plan = _two_places(drills)
    drills.fault("ACCESS_DENIED", match={"account": WEST})
    refused = drills.ask("execution-handler", "start_execution", planId=plan, mode="DRILL")
    assert (refused.status, refused.code) == (502, "CloudError")
    assert refused.details["accountId"] == WEST
    assert not drills.holders()


def test_a_server_without_an_instance_is_not_a_success(drills: Drills) -> None:
    good, bad = drills.servers(2)
    drills.fault("NO_INSTANCE_ID", bad, parameters={"instanceExists": False})
    run = drills.run(drills.plan({"servers": [good, bad]}))
    assert (run.status, run.server(bad)["status"]) == ("PARTIAL", "FAILED")
    assert "no recovery instance" in run.server(bad)["error"]


def test_an_instance_that_the_job_does_not_name_is_found(drills: Drills) -> None:
    (server,) = drills.servers()
    drills.fault("NO_INSTANCE_ID", server, parameters={"instanceExists": True})
    run = drills.run(drills.plan({"servers": [server]}))
    assert run.status == "COMPLETED"
    assert run.server(server)["recoveryInstanceId"].startswith("i-")


def test_instances_that_finished_jobs_leave_out_are_found(drills: Drills) -> None:
    """Without any fault: DRS was observed to leave out some instances, and so does the local cloud."""
    servers = drills.servers(12)
    run = drills.run(drills.plan({"servers": servers}))
    ids = [job["jobID"] for job in run.jobs]
    (shown,) = drills.drs(EAST).describe_jobs(filters={"jobIDs": ids})["items"]
    unnamed = ["recoveryInstanceID" not in server for server in shown["participatingServers"]]
    assert unnamed.count(True) > 0
    found = [run.server(server)["recoveryInstanceId"] for server in servers]
    assert all(instance_id.startswith("i-") for instance_id in found)
    assert len(set(found)) == len(servers)
    assert run.status == "COMPLETED"


def test_a_job_that_never_lists_its_servers_is_judged_by_their_recovery_instances(drills: Drills) -> None:
    servers = drills.servers(2)
    drills.fault("EMPTY_PARTICIPATING_SERVERS", *servers)
    run = drills.run(drills.plan({"servers": servers}))
    assert run.status == "COMPLETED"
    shown = drills.drs(EAST).describe_recovery_instances(
        filters={"sourceServerIDs": [server.server_id for server in servers]}
    )
    instances = {item["sourceServerID"]: item["recoveryInstanceID"] for item in shown["items"]}
    assert {server_id: run.servers[server_id]["recoveryInstanceId"] for server_id in instances} == instances
    assert len(instances) == 2


def test_a_job_that_lists_nothing_and_launches_nothing_ends_as_a_failure(drills: Drills) -> None:
    (server,) = drills.servers()
    drills.fault("EMPTY_PARTICIPATING_SERVERS", server)
    drills.fault("LAUNCH_FAILED", server)
    run = drills.run(drills.plan({"servers": [server]}))
    assert run.status == "FAILED"
    assert "without a result for the server" in run.server(server)["error"]


def test_a_job_that_starts_late_is_waited_for(drills: Drills) -> None:
    servers = drills.servers(2)
    drills.fault("LATE_START", *servers, parameters={"delaySeconds": 1_500.0})
    run = drills.run(drills.plan({"servers": servers}))
    assert run.status == "COMPLETED"
    assert len(drills.jobs_with(servers[0])) == 1


def test_servers_in_a_job_of_someone_else_are_launched_after_that_job(drills: Drills) -> None:
    mine, shared = drills.servers(2)
    fault = drills.fault("LAUNCH_STUCK", shared)
    theirs = drills.drs(EAST).start_recovery(sourceServers=[{"sourceServerID": shared.server_id}], isDrill=True)["job"]
    execution = drills.start(drills.plan({"servers": [mine, shared]}))
    eventually(lambda: _statuses(drills, execution).get(mine.server_id) == "LAUNCHED")
    assert _statuses(drills, execution)[shared.server_id] == "NOT_STARTED", "queued, never failed"
    drills.cloud.emulator.remove_fault(fault)
    run = drills.ended(execution)
    assert run.status == "COMPLETED"
    assert run.server(shared)["jobId"] != theirs["jobID"]
    assert [event["waveNumber"] for event in run.kinds("SERVERS_QUEUED")] == [1]


def test_one_bad_server_does_not_prevent_the_launch_of_the_others(drills: Drills) -> None:
    """DRS refuses any request with that server and does not say which one it means."""
    servers = drills.servers(6)
    culprit = servers[2]
    fault = drills.fault("CONFLICT", culprit, match={"operation": "StartRecovery"})
    execution = drills.start(drills.plan({"servers": servers}))
    others = {server.server_id for server in servers} - {culprit.server_id}
    eventually(lambda: {key for key, status in _statuses(drills, execution).items() if status == "LAUNCHED"} == others)
    drills.cloud.emulator.remove_fault(fault)
    assert drills.ended(execution).status == "COMPLETED"


def test_servers_beyond_the_quotas_are_queued_and_never_failed(drills: Drills) -> None:
    """Jobs of others take all 20 that DRS runs at a time."""
    others, mine = drills.servers(20, account=WEST), drills.servers(2, account=WEST)
    stuck = drills.fault("LAUNCH_STUCK", *others)
    drs = drills.drs(WEST)
    for server in others:
        drs.start_recovery(sourceServers=[{"sourceServerID": server.server_id}], isDrill=True)
    execution = drills.start(drills.plan({"servers": mine}))
    eventually(lambda: "SERVERS_QUEUED" in _kinds(drills, execution))
    assert set(_statuses(drills, execution).values()) == {"NOT_STARTED"}
    drills.cloud.emulator.remove_fault(stuck)
    run = drills.ended(execution)
    assert run.status == "COMPLETED"
    assert not run.kinds("JOB_REFUSED"), "what does not fit is not even requested"


def _jobs_have_ended(drills: Drills, server: Server) -> bool:
    return all(job["status"] == "COMPLETED" for job in drills.jobs_with(server))


def _statuses(drills: Drills, execution_id: str) -> dict[str, str]:
    listed = drills.query_all("list_execution_servers", executionId=execution_id)
    return {server["sourceServerId"]: server["status"] for server in listed}


def _kinds(drills: Drills, execution_id: str) -> set[str]:
    return {event["kind"] for event in drills.query_all("list_execution_events", executionId=execution_id)}
