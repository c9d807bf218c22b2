"""Launching into an existing instance, and what DRS demands of it."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.ec2.models import ec2_backends
from moto.ec2.models.amis import Ami
from moto.ec2.utils import random_ami_id

from tests.contract.emulator.conftest import ACCOUNT, REGION
from tests.contract.emulator.launched import add, described, drilled, refused

MARKED = [{"Key": "AWSDRS", "Value": "AllowLaunchingIntoThisInstance"}]


def instance(ec2: Any, *, tags: list[dict[str, str]] | None = None, windows: bool = False) -> str:
    """A stopped instance that is ready to be launched into."""
    image = image_of("windows" if windows else None)
    marks = [{"ResourceType": "instance", "Tags": MARKED if tags is None else tags}]
    made = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, TagSpecifications=marks)["Instances"][0]
    ec2.stop_instances(InstanceIds=[made["InstanceId"]])
    return str(made["InstanceId"])


def image_of(platform: str | None) -> str:
    """The id of an image in moto's EC2: those of the platforms alone, as all of moto's take half a second to make."""
    backend = ec2_backends[ACCOUNT][REGION]
    found = [image.id for image in backend.amis.values() if image.platform == platform]
    if not found:
        made = Ami(backend, random_ami_id(), name=f"of {platform}", platform=platform, public=True)
        backend.amis[made.id] = made
        found = [made.id]
    return str(found[0])


def point(real: Any, server_id: str, instance_id: str, **more: Any) -> None:
    real.client().update_launch_configuration(
        sourceServerID=server_id,
        launchIntoInstanceProperties={"launchIntoEC2InstanceID": instance_id},
        **{"copyTags": False, "copyPrivateIp": False, **more},
    )


def test_a_server_is_launched_into_the_instance_and_again_without_ending_it(real: Any, ec2: Any) -> None:
    server_id, instance_id = add(real, "into"), instance(ec2)
    point(real, server_id, instance_id)
    assert drilled(real, server_id) == instance_id
    assert described(ec2, instance_id)["State"]["Name"] == "running"
    ec2.stop_instances(InstanceIds=[instance_id])
    assert drilled(real, server_id) == instance_id
    assert described(ec2, instance_id)["State"]["Name"] == "running"


def test_launching_into_an_instance_ends_the_earlier_one(real: Any, ec2: Any) -> None:
    server_id = add(real, "into-instead")
    earlier = drilled(real, server_id, is_drill=False)
    point(real, server_id, instance(ec2))
    drilled(real, server_id)
    assert described(ec2, earlier)["State"]["Name"] == "terminated"


def test_an_instance_that_runs_fails_the_launch(real: Any, ec2: Any) -> None:
    server_id, instance_id = add(real, "into-running"), instance(ec2)
    point(real, server_id, instance_id)
    ec2.start_instances(InstanceIds=[instance_id])
    assert "must be stopped, but is running" in refused(real, server_id)


def test_an_instance_that_lost_its_tag_fails_the_launch(real: Any, ec2: Any) -> None:
    server_id, instance_id = add(real, "into-unmarked"), instance(ec2)
    point(real, server_id, instance_id)
    ec2.delete_tags(Resources=[instance_id], Tags=[{"Key": "AWSDRS"}])
    assert "needs the tag AWSDRS" in refused(real, server_id)


@pytest.mark.parametrize(
    ("made", "more", "message"),
    [
        (
            {"tags": [{"Key": "Name", "Value": "web"}]},
            {},
            "needs the tag AWSDRS with the value AllowLaunchingIntoThisInstance",
        ),
        ({"tags": [{"Key": "AWSDRS", "Value": "no"}]}, {}, "needs the tag AWSDRS"),
        ({"windows": True}, {}, "Settings of instance and source server differ: Platform"),
        ({}, {"copyTags": True}, "requires copyTags to be off"),
        ({}, {"copyPrivateIp": True, "copyTags": True}, "requires copyPrivateIp and copyTags to be off"),
    ],
)
def test_a_configuration_that_cannot_be_launched_is_refused_and_changes_nothing(
    real: Any, ec2: Any, made: dict[str, Any], more: dict[str, Any], message: str
) -> None:
    server_id = add(real, "unfit")
    with pytest.raises(ClientError, match=message) as caught:
        point(real, server_id, instance(ec2, **made), **more)
    assert caught.value.response["Error"]["Code"] == "ValidationException"
    found = real.client().get_launch_configuration(sourceServerID=server_id)
    assert not found.get("launchIntoInstanceProperties")
    assert found["copyTags"] is True


def test_an_instance_that_does_not_exist_is_refused(real: Any) -> None:
    with pytest.raises(ClientError, match="does not exist"):
        point(real, add(real, "nowhere"), "i-0123456789abcdef0")


def test_what_is_copied_cannot_be_switched_on_while_an_instance_is_named(real: Any, ec2: Any) -> None:
    server_id = add(real, "into-then-copied")
    point(real, server_id, instance(ec2))
    with pytest.raises(ClientError, match="requires copyTags to be off"):
        real.client().update_launch_configuration(sourceServerID=server_id, copyTags=True)
