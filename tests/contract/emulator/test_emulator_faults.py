"""Every fault on demand, as a client sees it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from drs_emulator import EmulatorSettings, FaultKind, ScenarioError

ACCOUNT, OTHER, REGION = "111111111111", "222222222222", "us-east-1"


def refused(served: Any, account: str = ACCOUNT, operation: str = "describe_jobs", **arguments: Any) -> Any:
    with pytest.raises(ClientError) as caught:
        getattr(served.client(account), operation)(**arguments)
    return caught.value.response


@pytest.mark.parametrize(
    ("kind", "code", "status"),
    [
        ("THROTTLE", "ThrottlingException", 429),
        ("QUOTA_EXCEEDED", "ServiceQuotaExceededException", 402),
        ("CONFLICT", "ConflictException", 409),
        ("INTERNAL_ERROR", "InternalServerException", 500),
        ("ACCESS_DENIED", "AccessDeniedException", 403),
        ("UNINITIALIZED", "UninitializedAccountException", 400),
        ("REGION_DISABLED", "UnrecognizedClientException", 403),
    ],
)
def test_a_call_is_refused_in_one_account_only(served: Any, kind: str, code: str, status: int) -> None:
    requested: dict[str, Any] = {"recoveryInstanceIDs": ["i-0123456789abcdef0"]}
    served.emulator.add_fault(
        {"id": "f", "kind": kind, "match": {"account": ACCOUNT, "operation": "TerminateRecoveryInstances"}}
    )
    answer = refused(served, operation="terminate_recovery_instances", **requested)
    assert (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]) == (code, status)
    served.client().describe_source_servers()
    elsewhere = refused(served, OTHER, operation="terminate_recovery_instances", **requested)
    served.emulator.remove_fault("f")
    again = refused(served, operation="terminate_recovery_instances", **requested)
    assert elsewhere["Error"]["Code"] == again["Error"]["Code"] == "ValidationException"


def test_a_fault_strikes_as_often_as_it_specifies(served: Any) -> None:
    served.emulator.add_fault({"kind": "THROTTLE", "times": 2, "parameters": {"retryAfterSeconds": 7}})
    assert refused(served)["ResponseMetadata"]["HTTPHeaders"]["retry-after"] == "7"
    refused(served)
    served.client().describe_jobs()


def test_a_fault_can_strike_at_random_and_the_same_seed_repeats_it(settings: EmulatorSettings, serve_with: Any) -> None:
    def outcomes(seed: int) -> list[int]:
        served = serve_with(replace(settings, seed=seed))
        served.emulator.add_fault({"kind": "THROTTLE", "probability": 0.5})
        call = {"account": ACCOUNT, "region": REGION, "operation": "DescribeJobs"}
        return [served.emulator.respond(**call).status for _ in range(40)]

    assert outcomes(1) == outcomes(1) != outcomes(2)
    assert set(outcomes(1)) == {200, 429}


def test_a_disabled_region_does_not_know_the_client(served: Any) -> None:
    served.emulator.disable_region(ACCOUNT, "me-south-1")
    with pytest.raises(ClientError, match="UnrecognizedClientException"):
        served.client(region="me-south-1").describe_jobs()


def test_the_connection_drops_after_the_job_was_started(served: Any) -> None:
    (server_id,) = served.add_servers(1)
    served.emulator.add_fault({"kind": "DROPPED_CONNECTION", "match": {"operation": "StartRecovery"}, "times": 1})
    with pytest.raises(ConnectionClosedError):
        served.drill(server_id)
    (job,) = served.client().describe_jobs()["items"]
    assert [each["sourceServerID"] for each in job["participatingServers"]] == [server_id]


def test_the_connection_drops_before_anything_was_done(served: Any) -> None:
    (server_id,) = served.add_servers(1)
    served.emulator.add_fault(
        {"kind": "DROPPED_CONNECTION", "times": 1, "parameters": {"beforeAction": True}, "match": {"hostname": "app-0"}}
    )
    with pytest.raises(ConnectionClosedError):
        served.drill(server_id)
    assert served.client().describe_jobs()["items"] == []


def test_calls_and_answers_can_be_slow(served: Any) -> None:
    served.emulator.add_fault({"id": "slow", "kind": "SLOW_CALL", "parameters": {"delaySeconds": 2}, "times": 1})
    served.client().describe_jobs()
    served.emulator.add_fault({"kind": "DELAYED_ANSWER", "parameters": {"delaySeconds": 65}, "times": 1})
    job_id = served.drill(*served.add_servers(1))
    assert served.slept == [2.0, 65.0]
    assert served.job(job_id)["jobID"] == job_id


@pytest.mark.parametrize(
    ("kind", "event"),
    [
        ("SNAPSHOT_FAILED", "SNAPSHOT_FAIL"),
        ("CONVERSION_FAILED", "CONVERSION_FAIL"),
        ("LAUNCH_FAILED", "LAUNCH_FAILED"),
    ],
)
def test_one_server_fails_and_the_job_is_completed_nevertheless(served: Any, kind: str, event: str) -> None:
    good, bad = served.add_servers(2)
    served.emulator.add_fault({"kind": kind, "match": {"serverIds": [bad]}, "parameters": {"rawError": "It broke."}})
    job_id = served.drill(good, bad)
    served.clock.pass_seconds(1000)
    job = served.job(job_id)
    outcome = {each["sourceServerID"]: each["launchStatus"] for each in job["participatingServers"]}
    assert (job["status"], outcome) == ("COMPLETED", {good: "LAUNCHED", bad: "FAILED"})
    (line,) = [item for item in served.log(job_id) if item["event"] == event]
    assert (line["eventData"]["sourceServerID"], line["eventData"]["rawError"]) == (bad, "It broke.")
    shown = served.client().describe_source_servers(filters={"sourceServerIDs": [bad]})["items"][0]
    assert (shown["lastLaunchResult"], shown["lifeCycle"]["lastLaunch"]["status"]) == ("FAILED", "FAILED")
    states = [event[3]["state"] for event in served.events if "Launch Result" in event[2]]
    assert sorted(states) == ["RECOVERY_LAUNCH_FAILED", "RECOVERY_LAUNCH_SUCCEEDED"]


@pytest.mark.parametrize("kind", ["SNAPSHOT_STUCK", "CONVERSION_STUCK", "LAUNCH_STUCK"])
def test_a_stuck_server_holds_its_job_until_the_fault_is_removed(served: Any, kind: str) -> None:
    served.emulator.add_fault({"id": "stuck", "kind": kind})
    job_id = served.drill(*served.add_servers(1))
    served.clock.pass_seconds(20_000)
    assert (served.job(job_id)["status"], served.statuses(job_id)) == ("STARTED", {"IN_PROGRESS"})
    served.emulator.remove_fault("stuck")
    served.clock.pass_seconds(1000)
    assert (served.job(job_id)["status"], served.statuses(job_id)) == ("COMPLETED", {"LAUNCHED"})


def test_a_server_can_be_stuck_for_a_time(served: Any) -> None:
    served.emulator.add_fault({"kind": "LAUNCH_STUCK", "parameters": {"forSeconds": 3000}})
    job_id = served.drill(*served.add_servers(1))
    served.clock.pass_seconds(3000)
    assert served.job(job_id)["status"] == "STARTED"
    served.clock.pass_seconds(1000)
    assert served.job(job_id)["status"] == "COMPLETED"


def test_a_fault_of_a_running_job_can_be_added_by_its_id(served: Any) -> None:
    first, second = served.add_servers(2)
    broken, fine = served.drill(first), served.drill(second)
    served.clock.pass_seconds(100)
    served.emulator.add_fault({"kind": "LAUNCH_FAILED", "match": {"jobIds": [broken]}})
    served.clock.pass_seconds(1000)
    assert (served.statuses(broken), served.statuses(fine)) == ({"FAILED"}, {"LAUNCHED"})


@pytest.mark.parametrize("exists", [True, False])
def test_a_server_never_gets_an_instance_id(served: Any, exists: bool) -> None:
    served.emulator.add_fault({"kind": "NO_INSTANCE_ID", "parameters": {"instanceExists": exists}})
    (server_id,) = served.add_servers(1)
    job_id = served.drill(server_id)
    served.clock.pass_seconds(1000)
    job = served.job(job_id)
    assert job["status"] == "COMPLETED"
    assert "recoveryInstanceID" not in job["participatingServers"][0]
    found = served.client().describe_recovery_instances(filters={"sourceServerIDs": [server_id]})["items"]
    assert len(found) == (1 if exists else 0)


def test_a_job_can_start_late(served: Any) -> None:
    served.emulator.add_fault({"kind": "LATE_START", "parameters": {"delaySeconds": 300}})
    job_id = served.drill(*served.add_servers(1))
    served.clock.pass_seconds(299)
    assert (served.job(job_id)["status"], served.log(job_id)) == ("PENDING", [])
    served.clock.pass_seconds(1000)
    assert served.job(job_id)["status"] == "COMPLETED"


def test_participating_servers_can_be_empty(served: Any) -> None:
    served.emulator.add_fault({"kind": "EMPTY_PARTICIPATING_SERVERS", "parameters": {"forSeconds": 60}})
    job_id = served.drill(*served.add_servers(1))
    assert served.job(job_id)["participatingServers"] == []
    served.clock.pass_seconds(61)
    assert len(served.job(job_id)["participatingServers"]) == 1


def test_lag_and_stall_are_shown_and_older_data_is_launched(served: Any) -> None:
    lagging, stalled = served.add_servers(2)
    served.emulator.add_fault(
        {"kind": "REPLICATION_LAG", "match": {"serverIds": [lagging]}, "parameters": {"lagSeconds": 5400}}
    )
    served.emulator.add_fault(
        {"kind": "REPLICATION_STALLED", "match": {"serverIds": [stalled]}, "parameters": {"error": "UNSTABLE_NETWORK"}}
    )
    served.clock.pass_seconds(1800)
    shown = {item["sourceServerID"]: item for item in served.client().describe_source_servers()["items"]}
    info = shown[lagging]["dataReplicationInfo"]
    assert (info["dataReplicationState"], info["lagDuration"]) == ("BACKLOG", "PT1H30M")
    info = shown[stalled]["dataReplicationInfo"]
    assert (info["dataReplicationState"], info["lagDuration"]) == ("STALLED", "PT30M")
    assert info["dataReplicationError"]["error"] == "UNSTABLE_NETWORK"
    job_id = served.drill(stalled)
    served.clock.pass_seconds(1000)
    assert "USING_PREVIOUS_SNAPSHOT" in served.events_of(job_id)
    assert served.statuses(job_id) == {"LAUNCHED"}


def test_a_recovery_point_expires_between_choice_and_start(served: Any) -> None:
    (server_id,) = served.add_servers(1)
    oldest = served.client().describe_recovery_snapshots(sourceServerID=server_id)["items"][0]["snapshotID"]
    served.emulator.add_fault({"kind": "RECOVERY_POINT_AGED_OUT", "parameters": {"snapshotIds": [oldest]}})
    left = served.client().describe_recovery_snapshots(sourceServerID=server_id)["items"]
    assert oldest not in {point["snapshotID"] for point in left}
    with pytest.raises(ClientError, match=rf"ValidationException.*{oldest} was not found"):
        served.client().start_recovery(
            sourceServers=[{"sourceServerID": server_id, "recoverySnapshotID": oldest}], isDrill=True
        )


def test_a_recovery_point_expires_while_the_job_runs(served: Any) -> None:
    (server_id,) = served.add_servers(1)
    oldest = served.client().describe_recovery_snapshots(sourceServerID=server_id)["items"][0]["snapshotID"]
    served.emulator.add_fault({"kind": "RECOVERY_POINT_AGED_OUT", "parameters": {"afterStart": True}})
    started = served.client().start_recovery(
        sourceServers=[{"sourceServerID": server_id, "recoverySnapshotID": oldest}]
    )
    served.clock.pass_seconds(1000)
    job_id = started["job"]["jobID"]
    assert "USING_PREVIOUS_SNAPSHOT_FAILED" in served.events_of(job_id)
    assert served.statuses(job_id) == {"FAILED"}


@pytest.fixture
def reversed_instance(served: Any) -> Any:
    """A function that starts a failback and returns another one, which reads the instance from DRS."""
    served.emulator.initialize(ACCOUNT, "us-west-2")
    (server_id,) = served.add_servers(1, origin_region="us-west-2", origin_account=ACCOUNT)
    served.drill(server_id)
    served.clock.pass_seconds(1000)
    (found,) = served.client().describe_recovery_instances()["items"]

    def begin() -> Any:
        served.client().reverse_replication(recoveryInstanceID=found["recoveryInstanceID"])
        served.clock.pass_seconds(1000)
        return lambda: served.client().describe_recovery_instances()["items"][0]

    return begin


def test_the_synchronisation_of_a_failback_fails(served: Any, reversed_instance: Any) -> None:
    parameters = {"error": "UNSTABLE_NETWORK", "rawError": "packets were lost"}
    served.emulator.add_fault({"kind": "FAILBACK_SYNC_FAILED", "times": 1, "parameters": parameters})
    shown = reversed_instance()()
    assert shown["failback"]["state"] == "FAILBACK_ERROR"
    assert shown["dataReplicationInfo"]["dataReplicationState"] == "STALLED"
    assert shown["dataReplicationInfo"]["dataReplicationError"] == parameters
    assert reversed_instance()()["failback"]["state"] == "FAILBACK_READY_FOR_LAUNCH"


def test_the_synchronisation_of_a_failback_hangs_until_the_fault_is_removed(
    served: Any, reversed_instance: Any
) -> None:
    served.emulator.add_fault({"id": "f", "kind": "FAILBACK_SYNC_STUCK"})
    look = reversed_instance()
    assert look()["dataReplicationInfo"]["dataReplicationState"] == "INITIAL_SYNC"
    served.emulator.remove_fault("f")
    assert look()["failback"]["state"] == "FAILBACK_READY_FOR_LAUNCH"


def test_the_state_of_a_failback_is_not_available_while_the_fault_is_active(
    served: Any, reversed_instance: Any
) -> None:
    look = reversed_instance()
    served.emulator.add_fault({"id": "f", "kind": "FAILBACK_STATE_UNAVAILABLE"})
    assert look()["failback"]["state"] == "FAILBACK_LAUNCH_STATE_NOT_AVAILABLE"
    served.emulator.remove_fault("f")
    assert look()["failback"]["state"] == "FAILBACK_READY_FOR_LAUNCH"


@pytest.mark.parametrize(
    ("fault", "field"),
    [
        ({}, "fault.kind"),
        ({"kind": "EXPLODE"}, "fault.kind"),
        ({"kind": "THROTTLE", "often": 2}, "fault.often"),
        ({"kind": "THROTTLE", "times": 0}, "fault.times"),
        ({"kind": "THROTTLE", "times": "2"}, "fault.times"),
        ({"kind": "THROTTLE", "probability": 2}, "fault.probability"),
        ({"kind": "THROTTLE", "match": {"account": 111111111111}}, "fault.match.account"),
        ({"kind": "THROTTLE", "match": {"server": "s-1"}}, "fault.match.server"),
        ({"kind": "THROTTLE", "match": {"operation": "MakeCoffee"}}, "fault.match.operation"),
        ({"kind": "THROTTLE", "match": []}, "fault.match"),
        ({"kind": "LAUNCH_FAILED", "match": {"operation": "StartRecovery"}}, "fault.match.operation"),
        ({"kind": "REPLICATION_LAG", "times": 1}, "fault.times"),
        ({"kind": "SLOW_CALL", "parameters": {"seconds": 1}}, "fault.parameters.seconds"),
        ({"kind": "SLOW_CALL", "parameters": {"delaySeconds": "1"}}, "fault.parameters.delaySeconds"),
        ("THROTTLE", "fault"),
    ],
)
def test_a_wrong_rule_is_refused_with_the_name_of_its_field(served: Any, fault: Any, field: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        served.emulator.add_fault(fault)
    assert caught.value.where == field


def test_every_kind_of_fault_has_a_test() -> None:
    sources = [file.read_text(encoding="utf-8") for file in Path(__file__).parent.glob("test_emulator_*.py")]
    assert [kind for kind in FaultKind if not any(f'"{kind}"' in source for source in sources)] == []
