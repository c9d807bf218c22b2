"""Recovery instances are instances of the EC2 endpoint behind the emulator, in the account that owns them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.server import ThreadedMotoServer

from drs_emulator import EmulatorSettings
from drs_emulator.emulated_aws import ec2_clients_of
from tests.waiting import eventually

ACCOUNT, OTHER, REGION = "111111111111", "222222222222", "us-east-1"


@pytest.fixture(scope="module")
def moto_url() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def real(moto_url: str, settings: EmulatorSettings, serve_with: Any) -> Any:
    return serve_with(settings, ec2_client=ec2_clients_of(moto_url))


@pytest.fixture
def ec2(moto_url: str) -> Any:
    return ec2_clients_of(moto_url)(ACCOUNT, REGION)


def drilled(real: Any, server_id: str, is_drill: bool = True) -> str:
    """Drills one server to the end and returns the id of its instance."""
    job_id = real.drill(server_id, is_drill=is_drill)
    real.clock.pass_seconds(1000)
    (participant,) = real.job(job_id)["participatingServers"]
    assert participant["launchStatus"] == "LAUNCHED", real.log(job_id)
    real.clock.pass_seconds(100)
    return str(participant["recoveryInstanceID"])


def described(ec2: Any, instance_id: str) -> Any:
    return ec2.describe_instances(InstanceIds=[instance_id])["Reservations"][0]["Instances"][0]


def tags_of(instance: Any) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in instance["Tags"]}


def add(real: Any, hostname: str, **described_as: Any) -> str:
    return str(real.emulator.add_source_server(ACCOUNT, REGION, hostname=hostname, **described_as))


def test_a_drill_launches_a_tagged_instance_in_its_own_account(real: Any, ec2: Any, moto_url: str) -> None:
    server_id = add(real, "tagged", tags={"tier": "app"}, instance_type="c5.large")
    instance_id = drilled(real, server_id)
    instance = described(ec2, instance_id)
    assert (instance["State"]["Name"], instance["InstanceType"]) == ("running", "c5.large")
    tags = tags_of(instance)
    assert (tags["tier"], tags["Name"]) == ("app", "tagged")
    assert tags["AWSElasticDisasterRecoverySourceServerID"] == server_id
    assert tags["AWSElasticDisasterRecoveryLaunchType"] == "DRILL"
    elsewhere = ec2_clients_of(moto_url)(OTHER, REGION)
    found = elsewhere.describe_instances(Filters=[{"Name": "instance-id", "Values": [instance_id]}])
    assert found["Reservations"] == []


def test_the_default_version_of_the_template_is_launched_not_the_latest(real: Any, ec2: Any) -> None:
    server_id = add(real, "templated")
    client = real.client()
    client.update_launch_configuration(sourceServerID=server_id, targetInstanceTypeRightSizingMethod="NONE")
    template_id = client.get_launch_configuration(sourceServerID=server_id)["ec2LaunchTemplateID"]
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    data = {"InstanceType": "r5.large", "NetworkInterfaces": [{"DeviceIndex": 0, "SubnetId": subnet}]}
    ec2.create_launch_template_version(LaunchTemplateId=template_id, SourceVersion="1", LaunchTemplateData=data)
    ec2.create_launch_template_version(LaunchTemplateId=template_id, LaunchTemplateData={"InstanceType": "t3.nano"})
    ec2.modify_launch_template(LaunchTemplateId=template_id, DefaultVersion="2")
    instance = described(ec2, drilled(real, server_id))
    assert (instance["InstanceType"], instance["SubnetId"]) == ("r5.large", subnet)


def test_right_sizing_overrides_the_templates_type(real: Any, ec2: Any) -> None:
    server_id = add(real, "right-sized", instance_type="m5.xlarge")
    template_id = real.client().get_launch_configuration(sourceServerID=server_id)["ec2LaunchTemplateID"]
    ec2.create_launch_template_version(LaunchTemplateId=template_id, LaunchTemplateData={"InstanceType": "t3.nano"})
    ec2.modify_launch_template(LaunchTemplateId=template_id, DefaultVersion="2")
    assert described(ec2, drilled(real, server_id))["InstanceType"] == "m5.xlarge"


def test_an_error_of_ec2_fails_the_server_and_is_in_the_log(real: Any, ec2: Any) -> None:
    server_id = add(real, "no-subnet")
    template_id = real.client().get_launch_configuration(sourceServerID=server_id)["ec2LaunchTemplateID"]
    data = {"NetworkInterfaces": [{"DeviceIndex": 0, "SubnetId": "subnet-0123456789abcdef0"}]}
    ec2.create_launch_template_version(LaunchTemplateId=template_id, LaunchTemplateData=data)
    ec2.modify_launch_template(LaunchTemplateId=template_id, DefaultVersion="2")
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


def test_a_terminate_job_terminates_the_instances(real: Any, ec2: Any) -> None:
    instance_id = drilled(real, add(real, "leaving"), is_drill=False)
    real.client().terminate_recovery_instances(recoveryInstanceIDs=[instance_id])
    real.clock.pass_seconds(1000)
    assert real.client().describe_recovery_instances()["items"] == []
    assert described(ec2, instance_id)["State"]["Name"] == "terminated"


def test_a_new_drill_terminates_the_earlier_one_unless_it_is_protected(real: Any, ec2: Any) -> None:
    server_id = add(real, "again")
    first = drilled(real, server_id)
    second = drilled(real, server_id)
    assert described(ec2, first)["State"]["Name"] == "terminated"
    ec2.modify_instance_attribute(InstanceId=second, DisableApiTermination={"Value": True})
    third = drilled(real, server_id)
    assert described(ec2, second)["State"]["Name"] == "running"
    known = {item["recoveryInstanceID"] for item in real.client().describe_recovery_instances()["items"]}
    assert known == {second, third}


def test_a_protected_instance_survives_a_terminate_job(real: Any, ec2: Any) -> None:
    instance_id = drilled(real, add(real, "protected"))
    ec2.modify_instance_attribute(InstanceId=instance_id, DisableApiTermination={"Value": True})
    job = real.client().terminate_recovery_instances(recoveryInstanceIDs=[instance_id])["job"]
    real.clock.pass_seconds(1000)
    assert "CLEANUP_FAIL" in real.events_of(job["jobID"])
    assert real.job(job["jobID"])["status"] == "COMPLETED"
    assert described(ec2, instance_id)["State"]["Name"] == "running"


def test_while_the_emulators_thread_runs_a_drill_ends_without_calls(moto_url: str, serve_with: Any) -> None:
    served = serve_with(EmulatorSettings(speed=2000), ec2_client=ec2_clients_of(moto_url))
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
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        real.client().terminate_recovery_instances(recoveryInstanceIDs=["i-0123456789abcdef0"])


def test_the_private_address_is_copied_when_that_is_configured(real: Any, ec2: Any) -> None:
    subnet = ec2.describe_subnets()["Subnets"][0]
    address = subnet["CidrBlock"].rsplit(".", 1)[0] + ".77"
    server_id = add(real, "addressed", private_ip=address)
    client = real.client()
    template_id = client.get_launch_configuration(sourceServerID=server_id)["ec2LaunchTemplateID"]
    data = {"NetworkInterfaces": [{"DeviceIndex": 0, "SubnetId": subnet["SubnetId"]}]}
    ec2.create_launch_template_version(LaunchTemplateId=template_id, SourceVersion="1", LaunchTemplateData=data)
    ec2.modify_launch_template(LaunchTemplateId=template_id, DefaultVersion="2")
    client.update_launch_configuration(sourceServerID=server_id, copyPrivateIp=True)
    assert described(ec2, drilled(real, server_id))["PrivateIpAddress"] == address


def test_a_restarted_emulator_finds_the_templates_it_made(real: Any, moto_url: str, serve_with: Any) -> None:
    server_id = add(real, "lasting")
    template_id = real.client().get_launch_configuration(sourceServerID=server_id)["ec2LaunchTemplateID"]
    again = serve_with(real.emulator.settings, ec2_client=ec2_clients_of(moto_url))
    assert add(again, "lasting") == server_id
    assert again.client().get_launch_configuration(sourceServerID=server_id)["ec2LaunchTemplateID"] == template_id
