"""The EC2 side of the emulator: launch templates and real instances through the injected EC2 client.

Without a client it makes up identifiers. It never uses the emulator's records or their lock.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from drs_emulator.identifiers import make_id

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

_logger = logging.getLogger(__name__)

Ec2ClientFactory = Callable[[str, str], "EC2Client"]

IMAGE_NAME = "drs-emulator-converted-volumes"
# What of a launch template's data goes into RunInstances as it is; the rest is worked out below.
_PASSED_ON = (
    "BlockDeviceMappings",
    "CreditSpecification",
    "DisableApiTermination",
    "EbsOptimized",
    "IamInstanceProfile",
    "KeyName",
    "MetadataOptions",
    "Monitoring",
    "Placement",
    "SecurityGroupIds",
    "SecurityGroups",
    "UserData",
)


@dataclass(frozen=True, kw_only=True)
class InstanceRequest:
    """One instance to launch: where, from which template, and what DRS adds to it."""

    account: str
    region: str
    server_id: str
    launch_number: int
    template_id: str | None
    instance_type: str
    right_sized: bool
    private_ip: str | None
    tags: Mapping[str, str]
    start: bool
    into_instance_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class InstanceOutcome:
    """What EC2 did: an instance in a state, or EC2's own error text."""

    instance_id: str | None = None
    state: str = "RUNNING"
    error: str | None = None


class Ec2Gateway:
    """EC2 as DRS uses it. Every EC2 error comes back as text; none is raised."""

    def __init__(self, factory: Ec2ClientFactory | None, *, seed: int) -> None:
        self._factory = factory
        self._seed = seed
        self._clients: dict[tuple[str, str], EC2Client] = {}
        self._images: dict[tuple[str, str], str] = {}
        self._lock = threading.Lock()

    def run(self, request: InstanceRequest) -> InstanceOutcome:
        """Launches one instance."""
        if self._factory is None:
            identity = (self._seed, request.account, request.region, request.server_id, request.launch_number)
            made_up = request.into_instance_id or make_id("i-", "instance", *identity)
            return InstanceOutcome(instance_id=made_up, state="RUNNING" if request.start else "STOPPED")
        try:
            return self._run(self._client(request.account, request.region), request)
        except (ClientError, BotoCoreError) as error:
            return InstanceOutcome(error=str(error))

    def terminate(self, account: str, region: str, instance_id: str) -> str | None:
        """Terminates an instance; None on success or when it is already gone, else EC2's error."""
        if self._factory is None:
            return None
        try:
            self._client(account, region).terminate_instances(InstanceIds=[instance_id])
        except ClientError as error:
            gone = str(error.response.get("Error", {}).get("Code", "")).startswith("InvalidInstanceID")
            return None if gone else str(error)
        except BotoCoreError as error:
            return str(error)
        return None

    def observe_states(self, account: str, region: str, instance_ids: Sequence[str]) -> dict[str, str] | None:
        """EC2's states of instances in upper case, NOT_FOUND for unknown ones; None when EC2 did not say."""
        if self._factory is None or not instance_ids:
            return None
        states = dict.fromkeys(instance_ids, "NOT_FOUND")
        try:
            pages = self._client(account, region).get_paginator("describe_instances")
            for page in pages.paginate(Filters=[{"Name": "instance-id", "Values": list(instance_ids)}]):
                for reservation in page["Reservations"]:
                    for instance in reservation.get("Instances", []):
                        states[instance["InstanceId"]] = instance["State"]["Name"].upper()
        except (ClientError, BotoCoreError):
            return None
        return states

    def find_unknown_network(
        self, account: str, region: str, *, subnet_id: str | None, group_ids: Sequence[str]
    ) -> list[tuple[str, str]]:
        """The fields of a staging area that EC2 does not know, with EC2's words; none without an EC2."""
        if self._factory is None:
            return []
        client = self._client(account, region)
        asked: list[tuple[str, Callable[[], object]]] = []
        if subnet_id is not None:
            asked.append(("stagingAreaSubnetId", lambda: client.describe_subnets(SubnetIds=[subnet_id])))
        if group_ids:
            groups = list(group_ids)
            asked.append(
                ("replicationServersSecurityGroupsIDs", lambda: client.describe_security_groups(GroupIds=groups))
            )
        return [(field, problem) for field, ask in asked if (problem := _refusal_of(ask)) is not None]

    def create_template(
        self, account: str, region: str, *, server_id: str, data: Mapping[str, Any], tags: Mapping[str, str]
    ) -> str | None:
        """Creates the launch template behind a server (or finds the one it has); None when EC2 refused."""
        if self._factory is None:
            return make_id("lt-", "template", self._seed, account, region, server_id)
        name = f"created-and-used-by-drs-{server_id}"
        try:
            return self._create_template(self._client(account, region), name, data, tags)
        except (ClientError, BotoCoreError) as error:
            _logger.warning("The launch template of %s could not be created: %s", server_id, error)
            return None

    def _create_template(
        self, client: EC2Client, name: str, data: Mapping[str, Any], tags: Mapping[str, str]
    ) -> str | None:
        try:
            created = client.create_launch_template(
                LaunchTemplateName=name,
                LaunchTemplateData=dict(data),  # type: ignore[arg-type]
                TagSpecifications=[{"ResourceType": "launch-template", "Tags": _tag_list(tags)}],
            )
            return created["LaunchTemplate"]["LaunchTemplateId"]
        except ClientError as error:
            if "AlreadyExists" not in str(error.response.get("Error", {}).get("Code", "")):
                raise
        known = client.describe_launch_templates(LaunchTemplateNames=[name])["LaunchTemplates"]
        return known[0]["LaunchTemplateId"] if known else None

    def _run(self, client: EC2Client, request: InstanceRequest) -> InstanceOutcome:
        if request.into_instance_id is not None:
            instance_id = request.into_instance_id
            if request.start:
                client.start_instances(InstanceIds=[instance_id])
        else:
            arguments = run_arguments(self._template_data(client, request.template_id), request)
            arguments.setdefault("ImageId", self._image(client, request.account, request.region))
            launched = client.run_instances(MinCount=1, MaxCount=1, **arguments)
            instance_id = launched["Instances"][0]["InstanceId"]
        if not request.start:
            client.stop_instances(InstanceIds=[instance_id])
        return InstanceOutcome(instance_id=instance_id, state="RUNNING" if request.start else "STOPPED")

    def _template_data(self, client: EC2Client, template_id: str | None) -> Mapping[str, Any]:
        """DRS launches from the template's *default* version, whatever the latest one is."""
        if template_id is None:
            return {}
        found = client.describe_launch_template_versions(LaunchTemplateId=template_id, Versions=["$Default"])
        return found["LaunchTemplateVersions"][0]["LaunchTemplateData"]

    def _image(self, client: EC2Client, account: str, region: str) -> str:
        """An image to launch from: DRS boots the converted volumes, but EC2 wants an image id."""
        with self._lock:
            if (account, region) not in self._images:
                found = client.describe_images(Filters=[{"Name": "name", "Values": [IMAGE_NAME]}])["Images"]
                self._images[account, region] = (
                    found[0]["ImageId"]
                    if found
                    else client.register_image(
                        Name=IMAGE_NAME,
                        RootDeviceName="/dev/sda1",
                        BlockDeviceMappings=[{"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": 8}}],
                    )["ImageId"]
                )
            return self._images[account, region]

    def _client(self, account: str, region: str) -> EC2Client:
        if self._factory is None:
            raise RuntimeError("There is no EC2 endpoint behind this emulator.")
        with self._lock:
            client = self._clients.get((account, region))
        if client is None:
            client = self._factory(account, region)
            with self._lock:
                self._clients[account, region] = client
        return client


def _refusal_of(ask: Callable[[], object]) -> str | None:
    """EC2's words when it knows no such thing; None when it does, or does not answer."""
    try:
        ask()
    except ClientError as error:
        found = error.response.get("Error", {})
        return str(found.get("Message")) if str(found.get("Code", "")).startswith("Invalid") else None
    except BotoCoreError:
        return None
    return None


def run_arguments(data: Mapping[str, Any], request: InstanceRequest) -> dict[str, Any]:
    """RunInstances' arguments from a template's data; right-sizing and DRS's tags take precedence.

    The image is DRS's own, so the template's image is ignored.
    """
    arguments: dict[str, Any] = {name: data[name] for name in _PASSED_ON if name in data}
    template_type = data.get("InstanceType")
    arguments["InstanceType"] = request.instance_type if request.right_sized or not template_type else template_type
    interfaces = [dict(interface) for interface in data.get("NetworkInterfaces", [])]
    if interfaces:
        if request.private_ip is not None:
            interfaces[0]["PrivateIpAddress"] = request.private_ip
            interfaces[0].pop("PrivateIpAddresses", None)
        arguments["NetworkInterfaces"] = [_interface_argument(interface) for interface in interfaces]
        arguments.pop("SecurityGroupIds", None)
    tags: dict[str, str] = {}
    for specification in data.get("TagSpecifications", []):
        if specification["ResourceType"] == "instance":
            tags.update({tag["Key"]: tag["Value"] for tag in specification["Tags"]})
    tags.update(request.tags)
    arguments["TagSpecifications"] = [{"ResourceType": "instance", "Tags": _tag_list(tags)}]
    return arguments


def _interface_argument(interface: Mapping[str, Any]) -> dict[str, Any]:
    """A described interface as RunInstances takes it: an address either alone or in the list, never both."""
    return {name: value for name, value in interface.items() if value not in (None, [])}


def _tag_list(tags: Mapping[str, str]) -> list[Any]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
