"""Launch templates as DRS makes them, what a launch takes from them, and how long they live."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from drs_emulator import Disk, EmulatorSettings
from tests.contract.emulator.launched import (
    add,
    add_default_version,
    default_version,
    described,
    drilled,
    refused,
    tags_of,
    template_id_of,
)

GIB = 1024**3


def subnet_of(ec2: Any) -> Any:
    return ec2.describe_subnets()["Subnets"][0]


def address_in(subnet: Any, last: int) -> str:
    return f"{subnet['CidrBlock'].rsplit('.', 1)[0]}.{last}"


def test_a_new_template_has_interface_0_the_sources_device_names_and_drs_tags(real: Any, ec2: Any) -> None:
    disks = [Disk(device_name="/dev/xvda", size_bytes=8 * GIB), Disk(device_name="/dev/xvdf", size_bytes=20 * GIB)]
    server_id = add(real, "made", disks=disks, instance_type="c5.large")
    template_id = template_id_of(real, server_id)
    (template,) = ec2.describe_launch_templates(LaunchTemplateIds=[template_id])["LaunchTemplates"]
    assert template["LaunchTemplateName"] == f"created-and-used-by-elastic-disaster-recovery-service-{server_id}"
    assert template["DefaultVersionNumber"] == template["LatestVersionNumber"] == 6
    expected = {
        "Name": "made",
        "AWSElasticDisasterRecoveryManaged": "drs.amazonaws.com",
        "AWSElasticDisasterRecoverySourceServerID": server_id,
    }
    assert tags_of(template) == expected
    data = default_version(ec2, template_id)["LaunchTemplateData"]
    assert data["InstanceType"] == "c5.large"
    assert data["NetworkInterfaces"] == [
        {"DeviceIndex": 0, "AssociatePublicIpAddress": False, "DeleteOnTermination": True}
    ]
    assert [(disk["DeviceName"], disk["Ebs"]["VolumeSize"]) for disk in data["BlockDeviceMappings"]] == [
        ("/dev/xvda", 8),
        ("/dev/xvdf", 20),
    ]
    assert {entry["ResourceType"]: tags_of(entry) for entry in data["TagSpecifications"]} == {
        "instance": expected,
        "volume": expected,
        "network-interface": expected,
    }


def test_the_disks_of_a_windows_server_have_the_names_that_windows_gives_them(real: Any, ec2: Any) -> None:
    data = default_version(ec2, template_id_of(real, add(real, "win", os="WINDOWS")))["LaunchTemplateData"]
    assert [disk["DeviceName"] for disk in data["BlockDeviceMappings"]] == ["c:0"]


@pytest.mark.parametrize("count", [1, 2, 7])
def test_a_template_stands_at_the_version_that_is_set(
    settings: EmulatorSettings, serve_with: Any, ec2_clients: Any, ec2: Any, count: int
) -> None:
    served = serve_with(replace(settings, launch_template_versions=count, seed=count), ec2_client=ec2_clients)
    found = default_version(ec2, template_id_of(served, add(served, "counted")))
    assert found["VersionNumber"] == count
    assert set(found["LaunchTemplateData"]) >= {"InstanceType", "BlockDeviceMappings", "NetworkInterfaces"}


def test_the_default_version_is_launched_not_the_latest(real: Any, ec2: Any) -> None:
    server_id = add(real, "templated")
    real.client().update_launch_configuration(sourceServerID=server_id, targetInstanceTypeRightSizingMethod="NONE")
    subnet = subnet_of(ec2)["SubnetId"]
    data = {"InstanceType": "r5.large", "NetworkInterfaces": [{"DeviceIndex": 0, "SubnetId": subnet}]}
    add_default_version(real, ec2, server_id, data)
    latest = {"InstanceType": "t3.nano"}
    ec2.create_launch_template_version(LaunchTemplateId=template_id_of(real, server_id), LaunchTemplateData=latest)
    instance = described(ec2, drilled(real, server_id))
    assert (instance["InstanceType"], instance["SubnetId"]) == ("r5.large", subnet)


def test_right_sizing_overrides_the_type_and_writes_it_into_a_new_default_version(real: Any, ec2: Any) -> None:
    server_id = add(real, "right-sized", instance_type="m5.xlarge")
    add_default_version(real, ec2, server_id, {"InstanceType": "t3.nano"})
    assert described(ec2, drilled(real, server_id))["InstanceType"] == "m5.xlarge"
    now = default_version(ec2, template_id_of(real, server_id))
    assert (now["VersionNumber"], now["LaunchTemplateData"]["InstanceType"]) == (8, "m5.xlarge")
    assert now["LaunchTemplateData"]["NetworkInterfaces"][0]["DeviceIndex"] == 0


def test_disks_that_the_server_does_not_have_are_ignored(real: Any, ec2: Any) -> None:
    server_id = add(real, "one-disk")
    disks = [
        {"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 40, "VolumeType": "st1"}},
        {"DeviceName": "/dev/xvdz", "Ebs": {"VolumeSize": 500}},
    ]
    add_default_version(real, ec2, server_id, {"BlockDeviceMappings": disks})
    instance_id = drilled(real, server_id)
    volumes = ec2.describe_volumes(Filters=[{"Name": "attachment.instance-id", "Values": [instance_id]}])["Volumes"]
    assert [(volume["Size"], volume["VolumeType"]) for volume in volumes] == [(40, "st1")]
    assert tags_of(volumes[0])["AWSElasticDisasterRecoverySourceServerID"] == server_id


def test_tags_of_the_template_win_over_those_of_the_server_and_drs_own_over_both(real: Any, ec2: Any) -> None:
    server_id = add(real, "tagged-twice", tags={"Name": "of the server", "tier": "app", "owner": "ada"})
    own = {"Key": "AWSElasticDisasterRecoverySourceServerID", "Value": "of the template"}
    tags = [{"Key": "Name", "Value": "of the template"}, {"Key": "tier", "Value": "web"}, own]
    add_default_version(real, ec2, server_id, {"TagSpecifications": [{"ResourceType": "instance", "Tags": tags}]})
    found = tags_of(described(ec2, drilled(real, server_id)))
    assert (found["Name"], found["tier"], found["owner"]) == ("of the template", "web", "ada")
    assert found[own["Key"]] == server_id


def test_the_private_address_is_copied_into_interface_0(real: Any, ec2: Any) -> None:
    subnet = subnet_of(ec2)
    server_id = add(real, "addressed", private_ip=address_in(subnet, 77))
    interface = {
        "DeviceIndex": 0,
        "SubnetId": subnet["SubnetId"],
        "PrivateIpAddress": address_in(subnet, 88),
    }
    add_default_version(real, ec2, server_id, {"NetworkInterfaces": [interface]})
    real.client().update_launch_configuration(sourceServerID=server_id, copyPrivateIp=True)
    assert described(ec2, drilled(real, server_id))["PrivateIpAddress"] == address_in(subnet, 77)


def test_an_address_in_the_template_counts_when_none_is_copied(real: Any, ec2: Any) -> None:
    subnet = subnet_of(ec2)
    server_id = add(real, "static", private_ip=address_in(subnet, 78))
    interface = {
        "DeviceIndex": 0,
        "SubnetId": subnet["SubnetId"],
        "PrivateIpAddress": address_in(subnet, 89),
    }
    add_default_version(real, ec2, server_id, {"NetworkInterfaces": [interface]})
    assert described(ec2, drilled(real, server_id))["PrivateIpAddress"] == address_in(subnet, 89)


@pytest.mark.parametrize("names_its_subnet", [True, False])
def test_a_copied_address_outside_the_subnet_fails_the_launch(real: Any, ec2: Any, names_its_subnet: bool) -> None:
    server_id = add(real, f"elsewhere-{names_its_subnet}", private_ip="192.0.2.5")
    if names_its_subnet:
        interface = {"DeviceIndex": 0, "SubnetId": subnet_of(ec2)["SubnetId"]}
        add_default_version(real, ec2, server_id, {"NetworkInterfaces": [interface]})
    real.client().update_launch_configuration(sourceServerID=server_id, copyPrivateIp=True)
    error = refused(real, server_id)
    assert "192.0.2.5" in error
    assert "does not fall within the subnet's address range" in error


def test_a_deleted_template_is_made_again_with_defaults_by_the_next_launch(real: Any, ec2: Any) -> None:
    server_id = add(real, "bereft", instance_type="c5.large")
    before = template_id_of(real, server_id)
    add_default_version(real, ec2, server_id, {"KeyName": "mine"})
    ec2.delete_launch_template(LaunchTemplateId=before)
    assert described(ec2, drilled(real, server_id))["InstanceType"] == "c5.large"
    after = template_id_of(real, server_id)
    assert after != before
    assert "KeyName" not in default_version(ec2, after)["LaunchTemplateData"]


def test_a_template_goes_when_its_server_is_disconnected(real: Any, ec2: Any) -> None:
    server_id = add(real, "leaving-drs")
    template_id = template_id_of(real, server_id)
    real.client().disconnect_source_server(sourceServerID=server_id)
    with pytest.raises(ClientError, match="InvalidLaunchTemplateId"):
        default_version(ec2, template_id)


def test_a_restarted_emulator_finds_the_templates_it_made(real: Any, ec2_clients: Any, serve_with: Any) -> None:
    server_id = add(real, "lasting")
    template_id = template_id_of(real, server_id)
    again = serve_with(real.emulator.settings, ec2_client=ec2_clients)
    assert add(again, "lasting") == server_id
    assert template_id_of(again, server_id) == template_id
