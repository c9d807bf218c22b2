"""The agent on a recovery instance: its first check-in, and what disconnecting, terminating and deleting need."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from botocore.exceptions import ClientError

from drs_emulator import EmulatorSettings, Throttling
from tests.contract.emulator.conftest import ACCOUNT, REGION, Served

ORIGIN = "us-west-2"
AGENT_STUCK = {"id": "agent", "kind": "AGENT_STUCK"}


@pytest.fixture
def instance_id(served: Served) -> str:
    """A fresh recovery instance of a server from EC2, whose agent has not been seen yet."""
    served.emulator.add_fault(AGENT_STUCK)
    (instance,) = recover(served, 1)
    return str(instance["recoveryInstanceID"])


def recover(served: Served, count: int) -> list[Any]:
    served.emulator.initialize(ACCOUNT, ORIGIN)
    served.drill(*served.add_servers(count, origin_region=ORIGIN, origin_account=ACCOUNT), is_drill=False)
    served.clock.pass_seconds(1000)
    return list(served.client().describe_recovery_instances()["items"])


def instances(served: Served) -> list[Any]:
    return list(served.client().describe_recovery_instances()["items"])


def refusal(call: Any, **arguments: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_a_reversal_is_refused_until_the_agent_has_checked_in(served: Served, instance_id: str) -> None:
    client = served.client()
    (fresh,) = instances(served)
    assert (fresh["failback"]["state"], fresh["dataReplicationInfo"]["dataReplicationState"]) == (
        "FAILBACK_NOT_READY_FOR_LAUNCH",
        "NOT_STARTED",
    )
    assert "agentLastSeenByServiceDateTime" not in fresh["failback"]
    code, message = refusal(client.reverse_replication, recoveryInstanceID=instance_id)
    assert (code, message) == ("ConflictException", f"Recovery instance {instance_id} has not finished initializing.")
    served.emulator.remove_fault("agent")
    client.reverse_replication(recoveryInstanceID=instance_id)
    (seen,) = instances(served)
    assert seen["failback"]["state"] == "FAILBACK_IN_PROGRESS"
    assert "agentLastSeenByServiceDateTime" in seen["failback"]


def test_some_fresh_instances_show_not_ready_all_the_time(served: Served) -> None:
    shown = recover(served, 20)
    assert all("agentLastSeenByServiceDateTime" in each["failback"] for each in shown)
    states = Counter(each["failback"]["state"] for each in shown)
    assert set(states) == {"FAILBACK_NOT_STARTED", "FAILBACK_NOT_READY_FOR_LAUNCH"}
    served.clock.pass_seconds(86_400)
    assert Counter(each["failback"]["state"] for each in instances(served)) == states


def test_the_agents_start_at_different_times_that_the_speed_divides(serve_with: Any) -> None:
    def waits(speed: float) -> list[float]:
        settings = EmulatorSettings(speed=speed, seed=7, throttling=Throttling(enabled=False))
        served = serve_with(settings)
        recover(served, 5)
        found = served.emulator.world.region(ACCOUNT, REGION).recovery_instances.values()
        return [(each.agent_seen_at - each.launched_at).total_seconds() for each in found]

    slow, fast = waits(2), waits(20)
    assert len(set(slow)) == 5
    assert fast == pytest.approx([seconds / 10 for seconds in slow], abs=1e-3)


def test_the_agent_of_a_stopped_instance_is_not_seen(served: Served) -> None:
    (server_id,) = served.add_servers(1, origin_region=ORIGIN, origin_account=ACCOUNT)
    served.client().update_launch_configuration(sourceServerID=server_id, launchDisposition="STOPPED")
    served.drill(server_id)
    served.clock.pass_seconds(10_000)
    (instance,) = instances(served)
    assert instance["ec2InstanceState"] == "STOPPED"
    assert "agentLastSeenByServiceDateTime" not in instance["failback"]


def test_a_server_is_disconnected_only_after_its_recovery_instance(served: Served, instance_id: str) -> None:
    client, server_id = served.client(), instances(served)[0]["sourceServerID"]
    code, message = refusal(client.disconnect_source_server, sourceServerID=server_id)
    assert (code, instance_id in message) == ("ConflictException", True)
    client.disconnect_recovery_instance(recoveryInstanceID=instance_id)
    gone = client.disconnect_source_server(sourceServerID=server_id)
    assert gone["dataReplicationInfo"]["dataReplicationState"] == "DISCONNECTED"
    client.delete_source_server(sourceServerID=server_id)
    assert client.describe_source_servers(filters={"sourceServerIDs": [server_id]})["items"] == []


def test_an_instance_that_replicates_home_is_neither_terminated_nor_disconnected(
    served: Served, instance_id: str
) -> None:
    client = served.client()
    served.emulator.remove_fault("agent")
    arn = client.reverse_replication(recoveryInstanceID=instance_id)["reversedDirectionSourceServerArn"]
    reversed_id = arn.rpartition("/")[2]
    for call, arguments in (
        (client.terminate_recovery_instances, {"recoveryInstanceIDs": [instance_id]}),
        (client.disconnect_recovery_instance, {"recoveryInstanceID": instance_id}),
    ):
        code, message = refusal(call, **arguments)
        assert code == "ConflictException"
        assert "during failback" in message
        assert reversed_id in message
    served.client(region=ORIGIN).stop_replication(sourceServerID=reversed_id)
    client.terminate_recovery_instances(recoveryInstanceIDs=[instance_id])
    served.clock.pass_seconds(1000)
    assert instances(served) == []


def test_an_instance_that_replicates_elsewhere_is_deleted_without_disconnecting_it(
    served: Served, instance_id: str
) -> None:
    client = served.client()
    served.emulator.remove_fault("agent")
    arn = client.reverse_replication(recoveryInstanceID=instance_id)["reversedDirectionSourceServerArn"]
    client.delete_recovery_instance(recoveryInstanceID=instance_id)
    assert instances(served) == []
    served.clock.pass_seconds(1000)
    (home,) = served.client(region=ORIGIN).describe_source_servers()["items"]
    assert (home["arn"], home["dataReplicationInfo"]["dataReplicationState"]) == (arn, "CONTINUOUS")


def test_a_reversed_server_stalls_when_a_new_launch_ends_the_instance_that_feeds_it(served: Served) -> None:
    served.emulator.initialize(ACCOUNT, ORIGIN)
    (server_id,) = served.add_servers(1, origin_region=ORIGIN, origin_account=ACCOUNT)
    served.drill(server_id)
    served.clock.pass_seconds(1000)
    (first,) = instances(served)
    served.client().reverse_replication(recoveryInstanceID=first["recoveryInstanceID"])
    served.clock.pass_seconds(1000)
    served.drill(server_id)
    served.clock.pass_seconds(1000)
    assert first["recoveryInstanceID"] not in [each["recoveryInstanceID"] for each in instances(served)]
    (home,) = served.client(region=ORIGIN).describe_source_servers()["items"]
    info = home["dataReplicationInfo"]
    assert (info["dataReplicationState"], info["dataReplicationError"]["error"]) == ("STALLED", "AGENT_NOT_SEEN")
