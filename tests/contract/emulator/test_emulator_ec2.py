"""Recovery instances are instances of the EC2 endpoint behind the emulator, in the account that owns them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from drs_emulator import EmulatorSettings
from tests.contract.emulator.conftest import OTHER_ACCOUNT, REGION
from tests.contract.emulator.launched import add, add_default_version, described, drilled, tags_of
from tests.waiting import eventually


def test_a_drill_launches_a_tagged_instance_in_its_own_account(real: Any, ec2: Any, ec2_clients: Any) -> None:
    server_id = add(real, "tagged", tags={"tier": "app"}, instance_type="c5.large")
    instance_id = drilled(real, server_id)
    instance = described(ec2, instance_id)
    assert (instance["State"]["Name"], instance["InstanceType"]) == ("running", "c5.large")
    tags = tags_of(instance)
    assert (tags["tier"], tags["Name"]) == ("app", "tagged")
    assert tags["AWSElasticDisasterRecoverySourceServerID"] == server_id
    assert tags["AWSElasticDisasterRecoveryLaunchType"] == "DRILL"
    elsewhere = ec2_clients(OTHER_ACCOUNT, REGION)
    found = elsewhere.describe_instances(Filters=[{"Name": "instance-id", "Values": [instance_id]}])
    assert found["Reservations"] == []


def test_an_error_of_ec2_fails_the_server_and_is_in_the_log(real: Any, ec2: Any) -> None:
    server_id = add(real, "no-subnet")
    data = {"NetworkInterfaces": [{"DeviceIndex": 0, "SubnetId": "subnet-0123456789abcdef0"}]}
    add_default_version(real, ec2, server_id, data)
    job_id = real.drill(server_id)
    real.clock.pass_seconds(1000)
    assert real.statuses(job_id) == {"FAILED"}
    (line,) = [item for item in real.log(job_id) if item["event"] == "LAUNCH_FAILED"]
    assert "InvalidSubnetID" in line["eventData"]["rawError"]


def test_a_launch_disposition_of_stopped_gives_a_stopped_instance(real: Any, ec2: Any) -> None:
    server_id = add(real, "stopped")
    real.client().update_launch_configuration(sourceServerID=server_id, launchDisposition="STOPPED")
    instance_id = drilled(real, server_id)
    assert described(ec2, instance_id)["State"]["Name"] == "stopped"
    shown = real.client().describe_recovery_instances(filters={"recoveryInstanceIDs": [instance_id]})["items"]
    assert shown[0]["ec2InstanceState"] == "STOPPED"


def test_changes_in_ec2_are_visible_in_drs(real: Any, ec2: Any) -> None:
    instance_id = drilled(real, add(real, "watched"))
    ec2.terminate_instances(InstanceIds=[instance_id])
    shown = real.client().describe_recovery_instances(filters={"recoveryInstanceIDs": [instance_id]})["items"]
    assert shown[0]["ec2InstanceState"] == "TERMINATED"


def test_each_instance_is_asked_for_when_it_is_shown(real: Any, ec2: Any) -> None:
    ids = [drilled(real, add(real, name)) for name in ("first", "second")]
    ec2.terminate_instances(InstanceIds=ids)
    for instance_id in ids:
        shown = real.client().describe_recovery_instances(filters={"recoveryInstanceIDs": [instance_id]})["items"]
        assert [item["ec2InstanceState"] for item in shown] == ["TERMINATED"]


def test_a_terminate_job_terminates_the_instances(real: Any, ec2: Any) -> None:
    instance_id = drilled(real, add(real, "leaving"), is_drill=False)
    real.client().terminate_recovery_instances(recoveryInstanceIDs=[instance_id])
    real.clock.pass_seconds(1000)
    assert real.client().describe_recovery_instances()["items"] == []
    assert described(ec2, instance_id)["State"]["Name"] == "terminated"


def test_a_launch_terminates_earlier_instances_unless_they_are_protected(real: Any, ec2: Any) -> None:
    server_id = add(real, "again")
    first = drilled(real, server_id, is_drill=False)
    second = drilled(real, server_id)
    assert described(ec2, first)["State"]["Name"] == "terminated"
    ec2.modify_instance_attribute(InstanceId=second, DisableApiTermination={"Value": True})
    third = drilled(real, server_id, is_drill=False)
    assert described(ec2, second)["State"]["Name"] == "running"
    known = {item["recoveryInstanceID"] for item in real.client().describe_recovery_instances()["items"]}
    assert known == {second, third}


def test_a_launch_terminates_an_instance_that_was_deleted_from_drs(real: Any, ec2: Any) -> None:
    server_id = add(real, "deleted")
    production = drilled(real, server_id, is_drill=False)
    real.client().disconnect_recovery_instance(recoveryInstanceID=production)
    real.client().delete_recovery_instance(recoveryInstanceID=production)
    assert described(ec2, production)["State"]["Name"] == "running"
    drilled(real, server_id)
    assert described(ec2, production)["State"]["Name"] == "terminated"


def test_a_protected_instance_survives_a_terminate_job(real: Any, ec2: Any) -> None:
    instance_id = drilled(real, add(real, "protected"))
    ec2.modify_instance_attribute(InstanceId=instance_id, DisableApiTermination={"Value": True})
    job = real.client().terminate_recovery_instances(recoveryInstanceIDs=[instance_id])["job"]
    real.clock.pass_seconds(1000)
    assert "CLEANUP_FAIL" in real.events_of(job["jobID"])
    assert real.job(job["jobID"])["status"] == "COMPLETED"
    assert described(ec2, instance_id)["State"]["Name"] == "running"


def test_while_the_emulators_thread_runs_a_drill_ends_without_calls(ec2_clients: Any, serve_with: Any) -> None:
    served = serve_with(EmulatorSettings(speed=2000), ec2_client=ec2_clients)
    ids = served.add_servers(6)
    served.emulator.world.clock = lambda: datetime.now(UTC)
    served.emulator.start()
    try:
        job_id = served.drill(*ids)
        job = eventually(lambda: (seen := served.job(job_id))["status"] == "COMPLETED" and seen)
        assert served.log(job_id)[-1]["logDateTime"] == job["endDateTime"]
        assert len(served.client().describe_recovery_instances()["items"]) == 6
    finally:
        served.emulator.stop()


def test_an_unknown_instance_cannot_be_terminated(real: Any) -> None:
    with pytest.raises(ClientError, match=r"ValidationException.* i-0123456789abcdef0 was not found"):
        real.client().terminate_recovery_instances(recoveryInstanceIDs=["i-0123456789abcdef0"])


def test_the_staging_area_must_be_a_network_that_ec2_knows(real: Any, ec2: Any) -> None:
    server_id, client = add(real, "staged"), real.client()
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    group = ec2.describe_security_groups()["SecurityGroups"][0]["GroupId"]
    known = {"stagingAreaSubnetId": subnet, "replicationServersSecurityGroupsIDs": [group]}
    for field, wrong in (
        ("stagingAreaSubnetId", "subnet-0000000000000dead"),
        ("replicationServersSecurityGroupsIDs", ["sg-0000000000000dead"]),
    ):
        with pytest.raises(ClientError, match=rf"ValidationException.*'{field}'.*0000000000000dead"):
            client.update_replication_configuration(sourceServerID=server_id, **{**known, field: wrong})
    changed = client.update_replication_configuration(sourceServerID=server_id, **known)
    assert {name: changed[name] for name in known} == known
