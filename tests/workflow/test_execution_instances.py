"""The recovery instances of an execution as the API shows them."""

from typing import Any

from tests.observed import calls_of
from tests.waiting import eventually
from tests.workflow.afterwards import EXECUTION, instances_of, leave_drs, terminated
from tests.workflow.drills import EAST, WEST, Drills, Run


def _shown(drills: Drills, execution_id: str, **fields: Any) -> Any:
    return drills.query("list_execution_instances", executionId=execution_id, **fields)


def test_each_launched_server_is_shown_with_its_instance_until_it_is_terminated(drills: Drills) -> None:
    here, there = drills.servers(1)[0], drills.servers(1, account=WEST)[0]
    (failing,) = drills.servers(1)
    drills.fault("LAUNCH_FAILED", failing)
    failing_wave = {"servers": [failing], "dependsOn": [], "onFailure": "CONTINUE"}
    run = drills.run(drills.plan({"servers": [here, there]}, failing_wave))
    shown = _shown(drills, run.execution_id)
    assert shown["problems"] == []
    assert {item["sourceServerId"]: item["recoveryInstanceId"] for item in shown["items"]} == {
        server.server_id: instances_of(drills, server)[0] for server in (here, there)
    }
    assert {(item["accountId"], item["state"], item["waveNumber"]) for item in shown["items"]} == {
        (here.account, "RUNNING", 1),
        (WEST, "RUNNING", 1),
    }
    assert all(item["instanceType"] for item in shown["items"])
    assert all(item["privateAddress"].count(".") == 3 and item["startedAt"] for item in shown["items"])
    assert {item["jobId"] for item in shown["items"]} == {run.server(server)["jobId"] for server in (here, there)}
    drills.ask(EXECUTION, "terminate_recovery_instances", executionId=run.execution_id)
    terminated(drills, run.execution_id)
    gone = _shown(drills, run.execution_id)["items"]
    assert [item["state"] for item in gone] == ["TERMINATED", "TERMINATED"]
    assert all(item["terminatedAt"] for item in gone)


def test_an_instance_that_was_terminated_outside_is_shown_so(drills: Drills) -> None:
    (server,) = drills.servers()
    run = drills.run(drills.plan({"servers": [server]}))
    drills.drs(server.account).terminate_recovery_instances(recoveryInstanceIDs=instances_of(drills, server))
    eventually(lambda: instances_of(drills, server) == [])
    (shown,) = _shown(drills, run.execution_id)["items"]
    assert (shown["state"], shown["terminatedAt"]) == ("TERMINATED", None)


def test_an_instance_that_has_left_drs_is_shown_with_its_state_in_ec2(drills: Drills) -> None:
    (server,) = drills.servers()
    run = drills.run(drills.plan({"servers": [server]}))
    leave_drs(drills, server)
    (shown,) = _shown(drills, run.execution_id)["items"]
    assert shown["state"] == "RUNNING"


def test_an_account_that_does_not_answer_is_named_and_does_not_hide_the_others(drills: Drills, ended_run: Run) -> None:
    drills.fault("INTERNAL_ERROR", match={"operation": "DescribeRecoveryInstances", "account": WEST})
    shown = _shown(drills, ended_run.execution_id)
    states = {(item["accountId"], item["state"]) for item in shown["items"]}
    assert states == {(EAST, "RUNNING"), (WEST, "UNKNOWN")}
    (problem,) = shown["problems"]
    assert problem.startswith(f"{WEST}/")


def test_a_page_costs_two_calls_of_dynamodb_and_needs_an_execution(drills: Drills, ended_run: Run) -> None:
    with calls_of(drills.cloud, "query-handler") as calls:
        assert _shown(drills, ended_run.execution_id)["items"]
    tables = [call.operation for call in calls if call.service == "dynamodb" and call.operation != "PutItem"]
    assert tables == ["Query", "BatchGetItem"]
    unknown = drills.ask("query-handler", "list_execution_instances", executionId="exec-unknown")
    assert (unknown.status, unknown.code) == (404, "RecordNotFound")


def test_pages_cover_all_servers(drills: Drills, ended_run: Run) -> None:
    pages = list(drills.query_all("list_execution_instances", executionId=ended_run.execution_id, limit=2))
    assert sorted(item["sourceServerId"] for item in pages) == sorted(ended_run.servers)
    assert ended_run.status == "COMPLETED"


def test_the_logs_of_the_jobs_of_an_execution_are_shown_a_few_jobs_a_page(drills: Drills) -> None:
    here, there = drills.servers(1)[0], drills.servers(1, account=WEST)[0]
    run = drills.run(drills.plan({"servers": [here]}, {"servers": [there]}))
    first = drills.query("get_job_logs", executionId=run.execution_id, limit=1)
    rest = drills.query("get_job_logs", executionId=run.execution_id, limit=10, cursor=first["nextCursor"])
    assert rest["nextCursor"] is None
    logs = first["items"] + rest["items"]
    assert [(log["waveNumber"], log["accountId"], log["problem"]) for log in logs] == [
        (1, here.account, ""),
        (2, WEST, ""),
    ]
    launched = [[line["sourceServerId"] for line in log["lines"] if line["event"] == "LAUNCH_END"] for log in logs]
    assert launched == [[here.server_id], [there.server_id]]
    drills.fault("INTERNAL_ERROR", match={"operation": "DescribeJobLogItems", "account": WEST})
    logs = drills.query("get_job_logs", executionId=run.execution_id)["items"]
    assert [bool(log["problem"]) for log in logs] == [False, True]
