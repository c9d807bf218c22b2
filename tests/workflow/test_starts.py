"""Starts: exactly one wins, the same key is the same execution, and no run takes the servers of another."""

from functools import partial
from typing import Any

from tests.waiting import eventually
from tests.workflow.drills import WEST, Drills, Refused, at_once


def _start_at_once(drills: Drills, *bodies: dict[str, Any]) -> list[Any]:
    """The answers to starts that are sent at the same moment."""
    return at_once(
        *(partial(drills.ask, "execution-handler", "start_execution", **{"mode": "DRILL", **body}) for body in bodies)
    )


def test_one_of_several_starts_at_once_wins_and_the_others_name_the_winner(drills: Drills) -> None:
    servers = drills.servers(2)
    plan = drills.plan({"servers": servers})
    answers = _start_at_once(drills, *[{"planId": plan}] * 4)
    started = [answer for answer in answers if not isinstance(answer, Refused)]
    refused = [answer for answer in answers if isinstance(answer, Refused)]
    assert len(started) == 1
    winner = started[0]["execution"]["executionId"]
    assert {(answer.status, answer.code) for answer in refused} == {(409, "AlreadyRunning")}
    assert {answer.details["executionId"] for answer in refused} == {winner}
    run = drills.ended(winner)
    assert run.status == "COMPLETED"
    assert all(len(run.launches_of(server)) == 1 for server in servers)


def test_starts_at_once_with_one_key_are_one_execution(drills: Drills) -> None:
    plan = drills.plan({"servers": drills.servers()})
    body = {"planId": plan, "idempotencyKey": plan}
    answers = _start_at_once(drills, *[body] * 4)
    started = {answer["execution"]["executionId"] for answer in answers if not isinstance(answer, Refused)}
    assert len(started) == 1
    for answer in answers:
        if isinstance(answer, Refused):
            assert (answer.status, answer.details.get("executionId")) == (409, *started), answer
    (execution,) = started
    again = drills.ask("execution-handler", "start_execution", mode="DRILL", **body)
    assert (again["execution"]["executionId"], again["repeated"]) == (execution, True)
    drills.ended(execution)
    assert drills.start(plan, idempotencyKey=plan) == execution, "even after its end"
    assert drills.ended(drills.start(plan, idempotencyKey="another key")).execution_id != execution


def test_a_start_that_was_refused_frees_its_key(drills: Drills) -> None:
    blocked = drills.servers(1, replication_state="DISCONNECTED")
    plan = drills.plan({"servers": blocked})
    body = {"planId": plan, "idempotencyKey": plan}
    refused = drills.ask("execution-handler", "start_execution", mode="DRILL", **body)
    assert refused.code == "PreflightBlocked"
    server = blocked[0]
    drills.cloud.emulator.set_replication(server.account, server.region, server.server_id, state="CONTINUOUS")
    assert drills.run(plan, idempotencyKey=plan).status == "COMPLETED"


def test_two_plans_with_a_group_in_common_do_not_run_at_once(drills: Drills) -> None:
    shared, own = drills.servers(), drills.servers(1, account=WEST)
    group = drills.group(shared)
    first = drills.manage("create_recovery_plan", name="Shared A", waves=[_wave(1, group)])["planId"]
    second = drills.manage(
        "create_recovery_plan", name="Shared B", waves=[_wave(1, drills.group(own)), _wave(2, group)]
    )["planId"]
    stuck = drills.fault("LAUNCH_STUCK", *shared)
    execution = drills.start(first)
    refused = drills.ask("execution-handler", "start_execution", planId=second, mode="DRILL")
    assert (refused.status, refused.code) == (409, "ServersBusy")
    assert refused.details["executionId"] == execution
    assert "Shared A" in refused.message
    assert set(drills.holders().values()) == {execution}, "the loser has given back what it took"
    drills.cloud.emulator.remove_fault(stuck)
    drills.ended(execution)
    assert drills.run(second).status == "COMPLETED"


def test_a_recovery_needs_a_reason(drills: Drills) -> None:
    plan = drills.plan({"servers": drills.servers()})
    refused = drills.ask("execution-handler", "start_execution", planId=plan, mode="RECOVERY")
    assert (refused.status, refused.details["problems"][0]["field"]) == (400, "reason")
    run = drills.run(plan, mode="RECOVERY", reason="us-east-1 is failing")
    assert run.detail["execution"]["mode"] == "RECOVERY"
    assert not any(job["initiatedBy"] == "START_DRILL" for job in run.jobs)


def test_a_plan_that_does_not_exist_is_not_found(drills: Drills) -> None:
    refused = drills.ask("execution-handler", "start_execution", planId="plan-unknown", mode="DRILL")
    assert (refused.status, refused.code) == (404, "RecordNotFound")


def test_a_server_that_is_missing_in_drs_is_reported_before_anything_starts(drills: Drills) -> None:
    good, gone = drills.servers(2)
    plan = drills.plan({"servers": [good, gone]})
    drs = drills.drs(gone.account)
    drs.disconnect_source_server(sourceServerID=gone.server_id)
    drs.delete_source_server(sourceServerID=gone.server_id)
    refused = drills.ask("execution-handler", "start_execution", planId=plan, mode="DRILL")
    assert refused.code == "PreflightBlocked"
    assert gone.server_id in refused.message
    run = drills.run(plan, acceptDegraded=True)
    assert (run.status, run.server(gone)["status"]) == ("PARTIAL", "EXCLUDED")
    eventually(lambda: not drills.holders())


def _wave(number: int, group: str) -> dict[str, Any]:
    return {"number": number, "name": f"Wave {number}", "protectionGroupIds": [group]}
