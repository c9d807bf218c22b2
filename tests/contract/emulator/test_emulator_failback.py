"""Failback as a client sees it: reversed servers, failback clients, the seven states, and refused calls."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from drs_emulator import ApiError
from drs_emulator.records import FailbackState

ACCOUNT, ORIGIN_ACCOUNT, REGION, ORIGIN = "111111111111", "222222222222", "us-east-1", "us-west-2"


def recover(served: Any, **origin: str) -> str:
    """Makes a recovery instance, of a server from EC2 if an origin is given, and returns its id."""
    number = len(served.client().describe_source_servers()["items"])
    server_id = served.emulator.add_source_server(ACCOUNT, REGION, hostname=f"home-{number}", **origin)
    served.drill(server_id, is_drill=False)
    served.clock.pass_seconds(1000)
    found = served.client().describe_recovery_instances(filters={"sourceServerIDs": [server_id]})["items"]
    return str(found[0]["recoveryInstanceID"])


@pytest.fixture
def from_ec2(served: Any) -> str:
    served.emulator.initialize(ACCOUNT, ORIGIN)
    return recover(served, origin_region=ORIGIN, origin_account=ACCOUNT)


@pytest.fixture
def from_elsewhere(served: Any) -> str:
    return recover(served)


def instance(served: Any, instance_id: str) -> Any:
    return served.client().describe_recovery_instances(filters={"recoveryInstanceIDs": [instance_id]})["items"][0]


def state(served: Any, instance_id: str) -> str:
    return str(instance(served, instance_id)["failback"]["state"])


def reverse(served: Any, instance_id: str) -> str:
    arn = served.client().reverse_replication(recoveryInstanceID=instance_id)["reversedDirectionSourceServerArn"]
    return str(arn)


def source_server(served: Any, arn: str) -> Any:
    _, _, _, region, account, resource = arn.split(":")
    filters = {"sourceServerIDs": [resource.removeprefix("source-server/")]}
    (found,) = served.client(account, region).describe_source_servers(filters=filters)["items"]
    return found


def launch_at_origin(served: Any, arn: str, *, is_drill: bool = False) -> None:
    _, _, _, region, account, resource = arn.split(":")
    requested = [{"sourceServerID": resource.removeprefix("source-server/")}]
    served.client(account, region).start_recovery(sourceServers=requested, isDrill=is_drill)


def refusal(call: Any, **arguments: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return str(caught.value.response["Error"]["Code"])


def test_a_reversal_makes_a_server_at_the_origin_and_links_both(served: Any, from_ec2: str) -> None:
    arn = reverse(served, from_ec2)
    assert arn.startswith(f"arn:aws:drs:{ORIGIN}:{ACCOUNT}:source-server/s-")
    made = source_server(served, arn)
    original = source_server(served, made["reversedDirectionSourceServerArn"])
    assert (made["replicationDirection"], original["replicationDirection"]) == ("FAILBACK", "FAILOVER")
    assert original["reversedDirectionSourceServerArn"] == arn
    assert original["sourceServerID"] == instance(served, from_ec2)["sourceServerID"]
    assert made["sourceProperties"]["identificationHints"]["awsInstanceID"] == from_ec2


def test_the_first_synchronisation_takes_time_and_shows_its_progress(served: Any, from_ec2: str) -> None:
    arn = reverse(served, from_ec2)
    seen: list[tuple[str, str, int]] = []
    for _ in range(50):
        info = source_server(served, arn)["dataReplicationInfo"]
        gib = info["replicatedDisks"][0]["replicatedStorageBytes"] // 1024**3
        seen.append((info["dataReplicationState"], state(served, from_ec2), gib))
        served.clock.pass_seconds(10)
    states = list(dict.fromkeys(entry[:2] for entry in seen))
    assert states == [
        ("INITIATING", "FAILBACK_IN_PROGRESS"),
        ("INITIAL_SYNC", "FAILBACK_IN_PROGRESS"),
        ("CONTINUOUS", "FAILBACK_READY_FOR_LAUNCH"),
    ]
    copied = [entry[2] for entry in seen]
    assert copied == sorted(copied)
    assert len(set(copied)) > 5
    assert copied[-1] == 30


def test_a_server_from_another_account_fails_back_to_that_account(served: Any) -> None:
    served.emulator.initialize(ORIGIN_ACCOUNT, ORIGIN)
    arn = reverse(served, recover(served, origin_region=ORIGIN, origin_account=ORIGIN_ACCOUNT))
    assert arn.split(":")[3:5] == [ORIGIN, ORIGIN_ACCOUNT]
    assert source_server(served, arn)["sourceCloudProperties"] == {
        "originAccountID": ACCOUNT,
        "originRegion": REGION,
    }


def test_only_the_reversed_server_shows_its_launch_at_the_origin(served: Any, from_ec2: str) -> None:
    arn = reverse(served, from_ec2)
    served.clock.pass_seconds(1000)
    for is_drill in (True, False):
        launch_at_origin(served, arn, is_drill=is_drill)
        assert state(served, from_ec2) == "FAILBACK_READY_FOR_LAUNCH"
        served.clock.pass_seconds(1000)
        shown, last = instance(served, from_ec2)["failback"], source_server(served, arn)["lifeCycle"]["lastLaunch"]
        assert (shown["state"], last["status"]) == ("FAILBACK_READY_FOR_LAUNCH", "LAUNCHED")
        assert (shown["failbackLaunchType"], shown["failbackJobID"]) == (
            last["initiated"]["type"],
            last["initiated"]["jobID"],
        )
    launched = served.client(region=ORIGIN).describe_recovery_instances()["items"]
    assert [item["sourceServerID"] for item in launched if not item["isDrill"]] == [
        source_server(served, arn)["sourceServerID"]
    ]


def test_a_server_that_failed_back_is_protected_again_by_another_reversal(served: Any, from_ec2: str) -> None:
    arn = reverse(served, from_ec2)
    served.clock.pass_seconds(1000)
    launch_at_origin(served, arn)
    served.clock.pass_seconds(1000)
    launched = source_server(served, arn)["recoveryInstanceId"]
    there = served.client(region=ORIGIN).reverse_replication(recoveryInstanceID=launched)
    original = source_server(served, there["reversedDirectionSourceServerArn"])
    assert original["sourceServerID"] == instance(served, from_ec2)["sourceServerID"]
    assert original["dataReplicationInfo"]["dataReplicationState"] == "INITIATING"
    served.clock.pass_seconds(1000)
    again = source_server(served, original["arn"])
    assert (again["replicationDirection"], again["dataReplicationInfo"]["dataReplicationState"]) == (
        "FAILOVER",
        "CONTINUOUS",
    )


def test_a_failed_launch_at_the_origin_can_be_tried_again(served: Any, from_ec2: str) -> None:
    arn = reverse(served, from_ec2)
    served.clock.pass_seconds(1000)
    served.emulator.add_fault({"kind": "LAUNCH_FAILED", "times": 1})
    for status in ("FAILED", "LAUNCHED"):
        launch_at_origin(served, arn)
        served.clock.pass_seconds(1000)
        assert source_server(served, arn)["lifeCycle"]["lastLaunch"]["status"] == status
        assert state(served, from_ec2) == "FAILBACK_READY_FOR_LAUNCH"


def test_ready_is_not_ready_while_replication_lags(served: Any, from_ec2: str) -> None:
    reverse(served, from_ec2)
    served.clock.pass_seconds(1000)
    served.emulator.add_fault({"id": "lag", "kind": "REPLICATION_LAG"})
    assert state(served, from_ec2) == "FAILBACK_NOT_READY_FOR_LAUNCH"
    served.emulator.remove_fault("lag")
    assert state(served, from_ec2) == "FAILBACK_READY_FOR_LAUNCH"


def test_impossible_reversals_are_refused(served: Any, from_ec2: str, from_elsewhere: str) -> None:
    call = served.client().reverse_replication
    assert refusal(call, recoveryInstanceID=from_elsewhere) == "ValidationException"
    assert refusal(call, recoveryInstanceID="i-0123456789abcdef0") == "ResourceNotFoundException"
    reverse(served, from_ec2)
    assert refusal(call, recoveryInstanceID=from_ec2) == "ConflictException"
    other = recover(served, origin_region="eu-west-1", origin_account=ACCOUNT)
    assert refusal(call, recoveryInstanceID=other) == "UninitializedAccountException"


def test_stop_failback_ends_nothing_inside_aws(served: Any, from_ec2: str) -> None:
    arn = reverse(served, from_ec2)
    served.client().stop_failback(recoveryInstanceID=from_ec2)
    served.clock.pass_seconds(1000)
    assert state(served, from_ec2) == "FAILBACK_READY_FOR_LAUNCH"
    assert source_server(served, arn)["dataReplicationInfo"]["dataReplicationState"] == "CONTINUOUS"


@pytest.mark.parametrize("seconds", [0, 310, 1000], ids=["initiating", "synchronising", "in sync"])
def test_replication_to_the_origin_is_stopped_at_the_reversed_server(
    served: Any, from_ec2: str, seconds: float
) -> None:
    arn = reverse(served, from_ec2)
    served.clock.pass_seconds(seconds)
    served.client(region=ORIGIN).stop_replication(sourceServerID=source_server(served, arn)["sourceServerID"])
    served.clock.pass_seconds(1000)
    assert source_server(served, arn)["dataReplicationInfo"]["dataReplicationState"] == "STOPPED"
    shown = instance(served, from_ec2)
    assert shown["failback"]["state"] in {"FAILBACK_NOT_STARTED", "FAILBACK_NOT_READY_FOR_LAUNCH"}
    assert shown["dataReplicationInfo"]["dataReplicationState"] == "NOT_STARTED"
    assert reverse(served, from_ec2) == arn
    served.clock.pass_seconds(1000)
    assert state(served, from_ec2) == "FAILBACK_READY_FOR_LAUNCH"


def test_a_stopped_failback_client_can_be_connected_again(served: Any, from_elsewhere: str) -> None:
    served.emulator.connect_failback_client(ACCOUNT, REGION, from_elsewhere)
    served.client().stop_failback(recoveryInstanceID=from_elsewhere)
    served.client().stop_failback(recoveryInstanceID=from_elsewhere)
    served.clock.pass_seconds(1000)
    assert state(served, from_elsewhere) == "FAILBACK_NOT_STARTED"
    served.emulator.connect_failback_client(ACCOUNT, REGION, from_elsewhere)
    served.clock.pass_seconds(1000)
    assert state(served, from_elsewhere) == "FAILBACK_READY_FOR_LAUNCH"
    served.client().start_failback_launch(recoveryInstanceIDs=[from_elsewhere])
    served.client().stop_failback(recoveryInstanceID=from_elsewhere)
    assert state(served, from_elsewhere) == "FAILBACK_IN_PROGRESS"


def test_a_failback_client_is_launched_by_a_job_of_its_own(served: Any, from_elsewhere: str) -> None:
    served.emulator.connect_failback_client(ACCOUNT, REGION, from_elsewhere)
    shown = instance(served, from_elsewhere)
    assert (shown["failback"]["state"], shown["failback"]["failbackToOriginalServer"]) == ("FAILBACK_IN_PROGRESS", True)
    assert shown["dataReplicationInfo"]["dataReplicationState"] == "INITIATING"
    served.clock.pass_seconds(1000)
    assert state(served, from_elsewhere) == "FAILBACK_READY_FOR_LAUNCH"
    job = served.client().start_failback_launch(recoveryInstanceIDs=[from_elsewhere], tags={"why": "home"})["job"]
    assert (job["type"], job["initiatedBy"], job["tags"]) == ("LAUNCH", "FAILBACK", {"why": "home"})
    assert state(served, from_elsewhere) == "FAILBACK_IN_PROGRESS"
    served.clock.pass_seconds(1000)
    assert served.job(job["jobID"])["status"] == "COMPLETED"
    assert served.events_of(job["jobID"]) == [
        "JOB_START",
        "CONVERSION_START",
        "CONVERSION_END",
        "LAUNCH_START",
        "LAUNCH_END",
        "JOB_END",
    ]
    completed = instance(served, from_elsewhere)["failback"]
    assert (completed["state"], completed["failbackJobID"]) == ("FAILBACK_COMPLETED", job["jobID"])


@pytest.mark.parametrize(("kind", "event"), [("CONVERSION_FAILED", "CONVERSION_FAIL"), ("LAUNCH_FAILED",) * 2])
def test_a_job_of_failback_clients_fails_by_server(served: Any, kind: str, event: str) -> None:
    ids = [recover(served), recover(served)]
    for instance_id in ids:
        served.emulator.connect_failback_client(ACCOUNT, REGION, instance_id)
    served.clock.pass_seconds(1000)
    bad = instance(served, ids[0])["sourceServerID"]
    served.emulator.add_fault({"kind": kind, "match": {"serverIds": [bad]}, "parameters": {"rawError": "Broken"}})
    job_id = served.client().start_failback_launch(recoveryInstanceIDs=ids)["job"]["jobID"]
    served.clock.pass_seconds(1000)
    assert [state(served, instance_id) for instance_id in ids] == ["FAILBACK_ERROR", "FAILBACK_COMPLETED"]
    (line,) = [item for item in served.log(job_id) if item["event"] == event]
    assert (line["eventData"]["sourceServerID"], line["eventData"]["rawError"]) == (bad, "Broken")


def test_impossible_launches_are_refused(served: Any, from_ec2: str, from_elsewhere: str) -> None:
    call = served.client().start_failback_launch
    assert refusal(call, recoveryInstanceIDs=["i-0123456789abcdef0"]) == "ValidationException"
    assert refusal(call, recoveryInstanceIDs=[from_ec2]) == "ValidationException"
    assert refusal(call, recoveryInstanceIDs=[from_elsewhere]) == "ValidationException"
    served.emulator.connect_failback_client(ACCOUNT, REGION, from_elsewhere)
    assert refusal(call, recoveryInstanceIDs=[from_elsewhere]) == "ConflictException"
    served.clock.pass_seconds(1000)
    assert refusal(call, recoveryInstanceIDs=[from_elsewhere] * 2) == "ValidationException"
    assert (
        refusal(
            served.client(parameter_validation=False).start_failback_launch, recoveryInstanceIDs=["i-01234567"] * 201
        )
        == "ValidationException"
    )
    call(recoveryInstanceIDs=[from_elsewhere])
    assert refusal(call, recoveryInstanceIDs=[from_elsewhere]) == "ConflictException"


def test_impossible_failback_clients_are_refused(served: Any, from_ec2: str, from_elsewhere: str) -> None:
    served.emulator.connect_failback_client(ACCOUNT, REGION, from_elsewhere)
    for instance_id in (from_ec2, from_elsewhere, "i-0123456789abcdef0"):
        with pytest.raises(ApiError):
            served.emulator.connect_failback_client(ACCOUNT, REGION, instance_id)


def test_changes_of_state_are_reported_by_events(served: Any, from_ec2: str) -> None:
    arn = reverse(served, from_ec2)
    served.clock.pass_seconds(1000)
    served.emulator.world.advance()
    launch_at_origin(served, arn)
    served.clock.pass_seconds(1000)
    served.emulator.world.advance()
    changes = [event for event in served.events if event[2] == "DRS Recovery Instance Failback State Change"]
    assert {event[:2] for event in changes} == {(ACCOUNT, REGION)}
    assert {tuple(event[4]) for event in changes} == {(instance(served, from_ec2)["arn"],)}
    assert [event[3] for event in changes] == [
        {"state": FailbackState.IN_PROGRESS},
        {"state": FailbackState.READY_FOR_LAUNCH},
    ]


def test_a_reversal_that_fails_reports_the_stall_of_its_server(served: Any, from_ec2: str) -> None:
    served.emulator.add_fault({"kind": "FAILBACK_SYNC_FAILED", "times": 1})
    arn = reverse(served, from_ec2)
    served.clock.pass_seconds(1000)
    assert state(served, from_ec2) == "FAILBACK_ERROR"
    assert reverse(served, from_ec2) == arn
    served.emulator.world.advance()
    changes = [event for event in served.events if event[2] == "DRS Source Server Data Replication Stalled Change"]
    assert [event[1:2] + event[3:] for event in changes] == [
        (ORIGIN, {"state": each}, [arn]) for each in ("STALLED", "NOT_STALLED")
    ]


def test_the_replication_configuration_is_kept(served: Any, from_ec2: str) -> None:
    client = served.client()
    client.update_failback_replication_configuration(recoveryInstanceID=from_ec2, bandwidthThrottling=100)
    client.update_failback_replication_configuration(recoveryInstanceID=from_ec2, usePrivateIP=True)
    kept = client.get_failback_replication_configuration(recoveryInstanceID=from_ec2)
    assert (kept["bandwidthThrottling"], kept["usePrivateIP"], kept["internetProtocol"]) == (100, True, "IPV4")


def test_a_fault_of_a_call_strikes_the_server_of_the_instance_it_names(served: Any, from_ec2: str) -> None:
    server_id = instance(served, from_ec2)["sourceServerID"]
    match = {"operation": "ReverseReplication", "serverIds": [server_id]}
    served.emulator.add_fault({"kind": "ACCESS_DENIED", "match": match})
    assert refusal(served.client().reverse_replication, recoveryInstanceID=from_ec2) == "AccessDeniedException"
