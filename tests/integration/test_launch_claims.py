"""Launch settings that claim an address or an existing instance are checked in the server's account and Region."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from local.cloud import LocalCloud

from .conftest import EAST, REGION_OF, RestClient

Make = Callable[..., Any]
FREE = {"copyTags": False, "copyPrivateIp": False}


@pytest.fixture
def ec2(cloud: LocalCloud) -> Any:
    return cloud.client("ec2", account=EAST, region=REGION_OF[EAST])


@pytest.fixture
def subnet(ec2: Any) -> dict[str, Any]:
    found: dict[str, Any] = ec2.describe_subnets()["Subnets"][0]
    return found


@pytest.fixture
def instance(ec2: Any, subnet: dict[str, Any]) -> Iterator[Callable[..., str]]:
    """Starts an instance that the test uses; they are ended with it."""
    made: list[str] = []

    def start(*, address: str = "", stopped: bool = False, **tags: str) -> str:
        chosen = {"PrivateIpAddress": address} if address else {}
        marks = [{"ResourceType": "instance", "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}]
        network = [{"DeviceIndex": 0, "SubnetId": subnet["SubnetId"], **chosen}]
        (started,) = ec2.run_instances(
            ImageId="ami-12c6146b",
            MinCount=1,
            MaxCount=1,
            NetworkInterfaces=network,
            TagSpecifications=marks if tags else [],
        )["Instances"]
        made.append(started["InstanceId"])
        if stopped:
            ec2.stop_instances(InstanceIds=made[-1:])
        return made[-1]

    yield start
    if made:
        ec2.terminate_instances(InstanceIds=made)


def save(admin: RestClient, group_id: str, server_id: str, version: int = 0, **settings: Any) -> Any:
    path = f"/protection-groups/{group_id}/servers/{server_id}/launch-settings"
    return admin("PUT", path, {"settings": settings, "version": version})


def test_an_address_that_is_in_use_is_refused_at_the_server_and_by_a_group_that_moves_it(
    admin: RestClient, new_group: Make, new_servers: Make, subnet: dict[str, Any], instance: Callable[..., str]
) -> None:
    (server,) = new_servers()
    group = new_group(sourceServerIds=[server], launchDefaults={"subnetId": subnet["SubnetId"]})
    network = subnet["CidrBlock"].rpartition(".")[0]
    taken = instance(address=f"{network}.91")
    refused = save(admin, group["groupId"], server, staticPrivateIp=f"{network}.91")
    assert list(refused.problems) == ["settings.staticPrivateIp"]
    assert taken in refused.problems["settings.staticPrivateIp"]
    assert save(admin, group["groupId"], server, staticPrivateIp=f"{network}.92").status == 200
    instance(address=f"{network}.92")
    change = {"name": group["name"], "sourceServerIds": [server], "version": 1}
    defaults = {"subnetId": subnet["SubnetId"], "monitoring": True}
    moved = admin("PUT", f"/protection-groups/{group['groupId']}", {**change, "launchDefaults": defaults})
    assert list(moved.problems) == ["launchDefaults.staticPrivateIp"]
    assert f"for server {server}" in moved.problems["launchDefaults.staticPrivateIp"]


def test_a_server_keeps_the_address_that_its_own_drill_has(
    admin: RestClient, new_group: Make, new_servers: Make, subnet: dict[str, Any], instance: Callable[..., str]
) -> None:
    (server,) = new_servers()
    group = new_group(sourceServerIds=[server], launchDefaults={"subnetId": subnet["SubnetId"]})
    address = f"{subnet['CidrBlock'].rpartition('.')[0]}.93"
    instance(address=address, AWSElasticDisasterRecoverySourceServerID=server)
    assert save(admin, group["groupId"], server, staticPrivateIp=address).status == 200


def test_an_instance_to_launch_into_is_looked_at_before_it_is_saved(
    admin: RestClient, new_group: Make, new_servers: Make, ec2: Any, instance: Callable[..., str]
) -> None:
    (server,) = new_servers()
    group_id = new_group(sourceServerIds=[server])["groupId"]

    def refusal(instance_id: str) -> str:
        refused = save(admin, group_id, server, launchIntoInstance={"launchIntoEC2InstanceID": instance_id}, **FREE)
        assert set(refused.problems) == {"settings.launchIntoInstance"}
        return str(refused.problems["settings.launchIntoInstance"])

    assert "does not exist" in refusal("i-0123456789abcdef0")
    assert "needs the tag AWSDRS" in refusal(instance(stopped=True))
    ready = instance(AWSDRS="AllowLaunchingIntoThisInstance")
    assert "must be stopped" in refusal(ready)
    ec2.stop_instances(InstanceIds=[ready])
    into: dict[str, Any] = {"launchIntoInstance": {"launchIntoEC2InstanceID": ready}, **FREE}
    assert save(admin, group_id, server, **into).status == 200
    ec2.start_instances(InstanceIds=[ready])
    assert save(admin, group_id, server, version=1, monitoring=True, **into).status == 200, "it may be the recovery"


def test_one_instance_takes_one_server_of_all_groups_of_its_place(
    admin: RestClient, new_group: Make, new_servers: Make, instance: Callable[..., str]
) -> None:
    one, other = new_servers(2)
    groups = {server: new_group(sourceServerIds=[server])["groupId"] for server in (one, other)}
    ready = instance(stopped=True, AWSDRS="AllowLaunchingIntoThisInstance")
    into: dict[str, Any] = {"launchIntoInstance": {"launchIntoEC2InstanceID": ready}, **FREE}
    assert save(admin, groups[one], one, **into).status == 200
    refused = save(admin, groups[other], other, **into)
    assert one in refused.problems["settings.launchIntoInstance"]
    assert save(admin, groups[one], one, version=1).status == 200
    assert save(admin, groups[other], other, **into).status == 200
