"""Failback: servers are recovered, replicated back and launched at their origin; and what is refused."""

from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.store.tables.runs import ServerLeaseItem
from tests.integration.conftest import EAST, REGION_OF, WEST, audit_entries
from tests.integration.failback.conftest import ORIGIN, PATHS, Failbacks
from tests.waiting import eventually


def test_a_server_from_ec2_fails_back(failbacks: Failbacks) -> None:
    server_id = failbacks.recovered()
    before = failbacks.look(server_id)
    assert (before["state"], before["fromEc2"], before["outcome"]) == ("FAILBACK_NOT_STARTED", True, "OBSERVED")
    assert "Reverse" in before["remedy"]
    begun = failbacks.one("reverse", server_id)
    assert (begun["outcome"], begun["originRegion"]) == ("STARTED", ORIGIN)
    ready = failbacks.until("FAILBACK_READY_FOR_LAUNCH", server_id)
    assert (ready["replicationState"], ready["progressPercent"]) == ("CONTINUOUS", 100)
    started = failbacks.one("start", server_id)
    assert started["outcome"] == "STARTED"
    job = failbacks.cloud.client("drs", account=EAST, region=ORIGIN).describe_jobs()["items"]
    assert started["jobId"] in [item["jobID"] for item in job]
    done = failbacks.until("FAILBACK_COMPLETED", server_id)
    assert (done["error"], done["jobId"]) == ("", started["jobId"])
    assert failbacks.instance(server_id)["failback"]["state"] == "FAILBACK_READY_FOR_LAUNCH"
    origin = failbacks.cloud.client("drs", account=EAST, region=ORIGIN)
    landed = origin.describe_recovery_instances(filters={"sourceServerIDs": [begun["reversedServerId"]]})["items"]
    assert [item["ec2InstanceState"] for item in landed] == ["RUNNING"]


def test_a_server_from_elsewhere_fails_back_with_a_failback_client(failbacks: Failbacks) -> None:
    server_id = failbacks.recovered(from_ec2=False)
    refused = failbacks.one("reverse", server_id)
    assert refused["outcome"] == "REFUSED"
    assert "Failback Client" in refused["remedy"]
    assert failbacks.one("start", server_id)["outcome"] == "REFUSED"
    instance_id = failbacks.instance(server_id)["recoveryInstanceID"]
    failbacks.cloud.emulator.connect_failback_client(EAST, REGION_OF[EAST], instance_id)
    failbacks.until("FAILBACK_READY_FOR_LAUNCH", server_id)
    assert failbacks.one("start", server_id)["outcome"] == "STARTED"
    assert failbacks.until("FAILBACK_COMPLETED", server_id)["jobId"].startswith("drsjob-")


def test_a_repeated_call_says_so_and_changes_nothing(failbacks: Failbacks) -> None:
    server_id = failbacks.recovered()
    first = failbacks.one("reverse", server_id)
    again = failbacks.one("reverse", server_id)
    assert (first["outcome"], again["outcome"]) == ("STARTED", "UNCHANGED")
    assert again["reversedServerId"] == first["reversedServerId"]
    failbacks.until("FAILBACK_READY_FOR_LAUNCH", server_id)
    started = failbacks.one("start", server_id)
    assert failbacks.one("start", server_id)["outcome"] == "UNCHANGED"
    failbacks.until("FAILBACK_COMPLETED", server_id)
    for what in ("reverse", "start"):
        assert failbacks.one(what, server_id)["outcome"] == "UNCHANGED"
    assert failbacks.one("stop", server_id)["outcome"] == "REFUSED"
    jobs = failbacks.cloud.client("drs", account=EAST, region=ORIGIN).describe_jobs()["items"]
    ours = [job["jobID"] for job in jobs if first["reversedServerId"] in str(job["participatingServers"])]
    assert ours == [started["jobId"]]


def test_what_is_not_ready_is_refused_with_its_progress(failbacks: Failbacks) -> None:
    server_id = failbacks.recovered()
    assert "first" in failbacks.one("start", server_id)["remedy"]
    failbacks.cloud.emulator.add_fault({"kind": "FAILBACK_SYNC_STUCK", "match": {"serverIds": [server_id]}})
    failbacks.one("reverse", server_id)
    eventually(lambda: failbacks.look(server_id)["progressPercent"] == 90)
    refused = failbacks.one("start", server_id)
    assert refused["outcome"] == "REFUSED"
    assert "INITIAL_SYNC, 90 %" in refused["error"]


def test_a_failback_client_is_stopped_and_can_be_connected_again(failbacks: Failbacks) -> None:
    server_id = failbacks.recovered(from_ec2=False)
    emulator, instance_id = failbacks.cloud.emulator, failbacks.instance(server_id)["recoveryInstanceID"]
    assert failbacks.one("stop", server_id)["outcome"] == "UNCHANGED"
    still = emulator.add_fault({"kind": "FAILBACK_SYNC_STUCK", "match": {"serverIds": [server_id]}})
    emulator.connect_failback_client(EAST, REGION_OF[EAST], instance_id)
    assert failbacks.one("stop", server_id)["outcome"] == "STOPPED"
    emulator.remove_fault(still)
    assert failbacks.look(server_id)["state"] == "FAILBACK_NOT_STARTED"
    emulator.connect_failback_client(EAST, REGION_OF[EAST], instance_id)
    failbacks.until("FAILBACK_READY_FOR_LAUNCH", server_id)


def test_inside_aws_a_stop_is_refused_with_the_server_whose_replication_can_be_stopped(failbacks: Failbacks) -> None:
    server_id = failbacks.recovered()
    assert failbacks.one("stop", server_id)["outcome"] == "UNCHANGED"
    reversed_id = failbacks.one("reverse", server_id)["reversedServerId"]
    refused = failbacks.one("stop", server_id)
    assert refused["outcome"] == "REFUSED"
    assert f"source server {reversed_id} in the DRS console of {EAST}/{ORIGIN}" in refused["remedy"]
    drs = failbacks.cloud.client("drs", account=EAST, region=ORIGIN)
    drs.stop_replication(sourceServerID=reversed_id)
    assert failbacks.look(server_id)["state"] == "FAILBACK_NOT_STARTED"
    assert failbacks.one("reverse", server_id)["outcome"] == "STARTED"
    failbacks.until("FAILBACK_READY_FOR_LAUNCH", server_id)


def test_a_reversal_before_the_agent_was_seen_fails_and_says_to_repeat_it(failbacks: Failbacks) -> None:
    server_id = failbacks.add()
    held = failbacks.cloud.emulator.add_fault({"kind": "AGENT_STUCK", "match": {"serverIds": [server_id]}})
    failbacks.launch(server_id)
    assert failbacks.instance(server_id)["failback"]["state"] == "FAILBACK_NOT_READY_FOR_LAUNCH"
    assert failbacks.look(server_id)["state"] == "FAILBACK_NOT_STARTED"
    early = failbacks.one("reverse", server_id)
    assert early["outcome"] == "FAILED"
    assert "has not finished initializing" in early["error"]
    assert "Repeat the call in a few minutes" in early["remedy"]
    failbacks.cloud.emulator.remove_fault(held)
    failbacks.await_agent(server_id)
    assert failbacks.one("reverse", server_id)["outcome"] == "STARTED"


def test_a_failed_reverse_replication_is_reported_and_can_be_tried_again(failbacks: Failbacks) -> None:
    server_id = failbacks.recovered()
    match, failure = {"serverIds": [server_id]}, {"error": "UNSTABLE_NETWORK", "rawError": "packets were lost"}
    failbacks.cloud.emulator.add_fault(
        {"kind": "FAILBACK_SYNC_FAILED", "match": match, "times": 1, "parameters": failure}
    )
    failbacks.one("reverse", server_id)
    seen = failbacks.until("FAILBACK_ERROR", server_id)
    assert seen["error"] == "UNSTABLE_NETWORK: packets were lost"
    assert failbacks.one("start", server_id)["remedy"] == "Reverse its replication again."
    assert failbacks.one("reverse", server_id)["outcome"] == "STARTED"
    failbacks.until("FAILBACK_READY_FOR_LAUNCH", server_id)


def test_a_launch_at_the_origin_that_fails_can_be_tried_again(failbacks: Failbacks) -> None:
    server_id = failbacks.recovered()
    reversed_id = failbacks.one("reverse", server_id)["reversedServerId"]
    failbacks.until("FAILBACK_READY_FOR_LAUNCH", server_id)
    failbacks.cloud.emulator.add_fault({"kind": "LAUNCH_FAILED", "match": {"serverIds": [reversed_id]}, "times": 1})
    failbacks.one("start", server_id)
    failbacks.until("FAILBACK_ERROR", server_id)
    eventually(lambda: failbacks.one("start", server_id)["outcome"] == "STARTED")
    failbacks.until("FAILBACK_COMPLETED", server_id)


def test_a_state_that_drs_does_not_show_is_read_at_the_origin(failbacks: Failbacks) -> None:
    server_id = failbacks.recovered()
    failbacks.one("reverse", server_id)
    failbacks.until("FAILBACK_READY_FOR_LAUNCH", server_id)
    failbacks.cloud.emulator.add_fault({"kind": "FAILBACK_STATE_UNAVAILABLE", "match": {"serverIds": [server_id]}})
    assert failbacks.instance(server_id)["failback"]["state"] == "FAILBACK_LAUNCH_STATE_NOT_AVAILABLE"
    assert failbacks.one("start", server_id)["outcome"] == "STARTED"
    failbacks.until("FAILBACK_COMPLETED", server_id)


def test_one_bad_server_does_not_stop_the_others_in_two_accounts(failbacks: Failbacks) -> None:
    east, west = failbacks.recovered(), failbacks.recovered(account=WEST)
    denied = {"operation": "ReverseReplication", "account": WEST}
    fault = failbacks.cloud.emulator.add_fault({"kind": "ACCESS_DENIED", "match": denied})
    named = [(EAST, east), (WEST, west), (EAST, "s-00000000000000000"), ("999988887777", "s-00000000000000001")]
    REGION_OF.setdefault("999988887777", "us-east-1")
    try:
        answer = failbacks.ask("reverse", *named)
    finally:
        del REGION_OF["999988887777"]
    assert [server["outcome"] for server in answer.body["servers"]] == ["STARTED", "FAILED", "REFUSED", "FAILED"]
    _, no_access, unknown, stranger = answer.body["servers"]
    assert "AccessDenied" in no_access["error"]
    assert "no recovery instance" in unknown["error"]
    assert "is not a target account" in stranger["error"]
    failbacks.cloud.emulator.remove_fault(fault)
    assert failbacks.one("reverse", west, WEST)["outcome"] == "STARTED"
    failbacks.until("FAILBACK_READY_FOR_LAUNCH", east)
    failbacks.until("FAILBACK_READY_FOR_LAUNCH", west, WEST)
    both = failbacks.ask("start", (EAST, east), (WEST, west)).body["servers"]
    assert [server["outcome"] for server in both] == ["STARTED", "STARTED"]
    assert len({server["jobId"] for server in both}) == 2


def test_a_place_that_cannot_be_read_fails_its_own_servers_only(failbacks: Failbacks) -> None:
    east, west = failbacks.recovered(), failbacks.recovered(account=WEST)
    failbacks.cloud.emulator.add_fault(
        {"kind": "ACCESS_DENIED", "match": {"operation": "DescribeRecoveryInstances", "account": WEST}}
    )
    results = failbacks.ask("reverse", (WEST, west), (EAST, east)).body["servers"]
    assert [server["outcome"] for server in results] == ["FAILED", "STARTED"]


def test_a_throttled_call_is_sent_again(failbacks: Failbacks) -> None:
    server_id = failbacks.recovered()
    failbacks.cloud.emulator.add_fault({"kind": "THROTTLE", "match": {"operation": "ReverseReplication"}, "times": 1})
    assert failbacks.one("reverse", server_id)["outcome"] == "STARTED"


def test_a_lost_answer_is_unknown_and_repeating_finds_what_was_done(failbacks: Failbacks) -> None:
    server_id = failbacks.recovered()
    failbacks.cloud.emulator.add_fault(
        {"kind": "DROPPED_CONNECTION", "match": {"operation": "ReverseReplication"}, "times": 1}
    )
    assert failbacks.one("reverse", server_id)["outcome"] == "UNKNOWN"
    assert failbacks.one("reverse", server_id)["outcome"] == "UNCHANGED"


def test_a_server_that_an_execution_holds_is_refused_with_the_holder(failbacks: Failbacks) -> None:
    server_id = failbacks.recovered()
    lease = ServerLeaseItem(
        key=f"{EAST}#{REGION_OF[EAST]}#{server_id}", execution_id="exec-of-another", taken_at=datetime.now(UTC)
    )
    lease.save()
    refused = failbacks.one("reverse", server_id)
    lease.delete()
    assert refused["outcome"] == "REFUSED"
    assert "exec-of-another" in refused["error"]
    assert failbacks.look(server_id)["state"] == "FAILBACK_NOT_STARTED"


def test_an_execution_that_has_ended_fails_back_and_records_it_in_its_timeline(
    failbacks: Failbacks, new_group: Any, new_plan: Any
) -> None:
    servers = [failbacks.add(), failbacks.add()]
    plan = new_plan([new_group(sourceServerIds=servers)["groupId"]])
    started = failbacks.client("POST", "/executions", {"planId": plan["planId"], "mode": "RECOVERY", "reason": "Flood"})
    execution_id = started.body["execution"]["executionId"]
    early = failbacks.client("POST", PATHS["reverse"], {"executionId": execution_id})
    assert (early.status, early.error) == (409, "IllegalTransition")
    eventually(lambda: failbacks.client.get(f"/executions/{execution_id}").body["execution"]["status"] == "COMPLETED")

    for server_id in servers:
        failbacks.await_agent(server_id)

    def ask(what: str) -> Any:
        return failbacks.client("POST", PATHS[what], {"executionId": execution_id})

    reversed_ = ask("reverse")
    assert reversed_.body["counts"] == {"STARTED": 2}
    assert ask("reverse").body["counts"] == {"UNCHANGED": 2}
    ready = {"FAILBACK_READY_FOR_LAUNCH": 2}
    eventually(lambda: failbacks.client.get("/drs/failback", executionId=execution_id).body["counts"] == ready)
    assert ask("start").body["counts"] == {"STARTED": 2}
    done = {"FAILBACK_COMPLETED": 2}
    eventually(lambda: failbacks.client.get("/drs/failback", executionId=execution_id).body["counts"] == done)
    events = failbacks.client.all_items(f"/executions/{execution_id}/events")
    kinds = [event["kind"] for event in events if event["kind"].startswith("FAILBACK")]
    assert kinds == ["FAILBACK_REVERSED", "FAILBACK_STARTED"]
    headers = {name.lower(): value for name, value in reversed_.headers.items()}
    (entry,) = audit_entries(headers["x-amzn-requestid"])
    assert (entry.operation, execution_id in str(entry.resource_ids)) == ("reverse_replication", True)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "executionId"),
        (
            {"executionId": "exec-1", "servers": [{"accountId": EAST, "region": "us-east-1", "sourceServerId": "s-1"}]},
            "executionId",
        ),
        ({"servers": [{"accountId": EAST, "region": "us-east-1"}]}, "servers[0]"),
        ({"servers": [{"accountId": EAST, "region": "us-east-1", "sourceServerId": "s-1"}] * 201}, "servers"),
    ],
)
def test_an_invalid_selection_is_refused_by_field(failbacks: Failbacks, body: Any, field: str) -> None:
    for path in PATHS.values():
        answer = failbacks.client("POST", path, body)
        assert (answer.status, list(answer.problems)) == (400, [field])


def test_an_unknown_execution_is_not_found(failbacks: Failbacks) -> None:
    assert failbacks.client("POST", PATHS["start"], {"executionId": "exec-unknown"}).status == 404
    assert failbacks.client.get("/drs/failback", executionId="exec-unknown").status == 404
