"""The EC2 side of the emulator: launch templates and real instances through the injected EC2 client.

Without a client it makes up identifiers. It never uses the emulator's records or their lock.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from drs_emulator.caller_rights import NEW_TEMPLATE, Right
from drs_emulator.ec2_templates import (
    TemplateRequest,
    add_version,
    create_template,
    delete_template,
    read_default_version,
)
from drs_emulator.identifiers import make_id
from drs_emulator.launch_into import instance_problem, state_problem
from drs_emulator.run_arguments import ROOT_DEVICE, Launching, instance_type_of, run_arguments

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

_logger = logging.getLogger(__name__)

Ec2ClientFactory = Callable[[str, str], "EC2Client"]

IMAGE_NAME = "drs-emulator-converted-volumes"
# Asks whether the caller has these rights, given the ids of existing resources by kind; EC2's error if not.
Refusal = Callable[[Sequence[Right], Mapping[str, str]], str | None]


@dataclass(frozen=True, kw_only=True)
class InstanceRequest:
    """One instance to launch: from which template, with what DRS adds, or into which existing instance."""

    account: str
    region: str
    server_id: str
    launch_number: int
    template_id: str | None
    template: TemplateRequest
    launching: Launching
    rights: Sequence[Right]
    windows: bool
    start: bool
    into_instance_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class InstanceOutcome:
    """What EC2 did: an instance in a state, or EC2's own error text; `template_id` is the template by now."""

    instance_id: str | None = None
    state: str = "RUNNING"
    error: str | None = None
    template_id: str | None = None


class Ec2Gateway:
    """EC2 as DRS uses it. Every EC2 error comes back as text; none is raised."""

    def __init__(self, factory: Ec2ClientFactory | None, *, seed: int) -> None:
        self._factory = factory
        self._seed = seed
        self._clients: dict[tuple[str, str], EC2Client] = {}
        self._images: dict[tuple[str, str], str] = {}
        self._lock = threading.Lock()

    def run(self, request: InstanceRequest, refusal: Refusal) -> InstanceOutcome:
        """Launches one instance, as far as the caller's rights go."""
        into = request.into_instance_id
        error = refusal(request.rights, _ids(request))
        if error is not None:
            return InstanceOutcome(error=error)
        if self._factory is None:
            identity = (self._seed, request.account, request.region, request.server_id, request.launch_number)
            return InstanceOutcome(instance_id=into or make_id("i-", "instance", *identity), state=_state(request))
        try:
            client = self._client(request.account, request.region)
            return self._run(client, request, refusal) if into is None else _run_into(client, request, into)
        except (ClientError, BotoCoreError) as failure:
            return InstanceOutcome(error=str(failure))

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

    def launch_into_problem(self, account: str, region: str, instance_id: str, *, windows: bool) -> str | None:
        """Why a server cannot be launched into an instance, EC2's own errors included; None when it can."""
        if self._factory is None:
            return None
        try:
            return instance_problem(_describe(self._client(account, region), instance_id), windows=windows)
        except (ClientError, BotoCoreError) as error:
            return str(error)

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

    def create_template(self, wanted: TemplateRequest) -> str | None:
        """Creates the launch template behind a server (or finds the one it has); None when EC2 refused."""
        if self._factory is None:
            return make_id("lt-", "template", self._seed, wanted.account, wanted.region, wanted.server_id)
        try:
            return create_template(self._client(wanted.account, wanted.region), wanted)
        except (ClientError, BotoCoreError) as error:
            _logger.warning("The launch template of %s could not be created: %s", wanted.server_id, error)
            return None

    def delete_template(self, account: str, region: str, template_id: str) -> None:
        """Deletes a launch template. What EC2 refuses is logged: no caller waits for it."""
        if self._factory is None:
            return
        try:
            delete_template(self._client(account, region), template_id)
        except (ClientError, BotoCoreError) as error:
            _logger.warning("The launch template %s could not be deleted: %s", template_id, error)

    def _run(self, client: EC2Client, request: InstanceRequest, refusal: Refusal) -> InstanceOutcome:
        template_id, data = request.template_id, None
        if template_id is not None:
            data = read_default_version(client, template_id)
        if template_id is None or data is None:
            error = refusal(NEW_TEMPLATE, {})
            if error is not None:
                return InstanceOutcome(error=error)
            template_id, data = create_template(client, request.template), request.template.versions[-1]
        chosen = instance_type_of(data, request.launching)
        if data.get("InstanceType") != chosen:  # DRS writes what right-sizing has chosen into the template
            data = {**data, "InstanceType": chosen}
            add_version(client, template_id, data)
        arguments = run_arguments(data, request.launching)
        error = _address_problem(client, arguments)
        if error is not None:
            return InstanceOutcome(error=error, template_id=template_id)
        arguments["ImageId"] = self._image(client, request.account, request.region)
        launched = client.run_instances(MinCount=1, MaxCount=1, **arguments)
        instance_id = launched["Instances"][0]["InstanceId"]
        if not request.start:
            client.stop_instances(InstanceIds=[instance_id])
        return InstanceOutcome(instance_id=instance_id, state=_state(request), template_id=template_id)

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
                        RootDeviceName=ROOT_DEVICE,
                        BlockDeviceMappings=[{"DeviceName": ROOT_DEVICE, "Ebs": {"VolumeSize": 8}}],
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


def _run_into(client: EC2Client, request: InstanceRequest, instance_id: str) -> InstanceOutcome:
    """Starts the existing instance; DRS has replaced its volumes, which are not emulated."""
    instance = _describe(client, instance_id)
    problem = instance_problem(instance, windows=request.windows) or state_problem(instance or {})
    if problem is not None:
        return InstanceOutcome(error=f"Could not launch into instance {instance_id}. {problem}")
    if request.start:
        client.start_instances(InstanceIds=[instance_id])
    return InstanceOutcome(instance_id=instance_id, state=_state(request), template_id=request.template_id)


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


def _describe(client: EC2Client, instance_id: str) -> Mapping[str, Any] | None:
    found = client.describe_instances(Filters=[{"Name": "instance-id", "Values": [instance_id]}])["Reservations"]
    return found[0]["Instances"][0] if found else None


def _address_problem(client: EC2Client, arguments: Mapping[str, Any]) -> str | None:
    """EC2's error when interface 0 asks for an address that its subnet, or a default subnet, does not have."""
    interface: Mapping[str, Any] = next(iter(arguments.get("NetworkInterfaces", [])), arguments)
    address, subnet_id = interface.get("PrivateIpAddress"), interface.get("SubnetId")
    if address is None:
        return None
    named = [{"Name": "subnet-id", "Values": [subnet_id]}]
    filters = named if subnet_id else [{"Name": "default-for-az", "Values": ["true"]}]
    subnets = client.describe_subnets(Filters=filters)["Subnets"]  # type: ignore[arg-type]
    if any(ip_address(address) in ip_network(subnet["CidrBlock"]) for subnet in subnets):
        return None
    return (
        "An error occurred (InvalidParameterValue) when calling the RunInstances operation: Address "
        f"{address} does not fall within the subnet's address range"
    )


def _state(request: InstanceRequest) -> str:
    return "RUNNING" if request.start else "STOPPED"


def _ids(request: InstanceRequest) -> dict[str, str]:
    """Ids of what exists before the launch, by kind, as IAM judges them."""
    known = {"source-server": request.server_id}
    if request.into_instance_id is not None:
        return known | {"instance": request.into_instance_id}
    return known | ({"launch-template": request.template_id} if request.template_id else {})
