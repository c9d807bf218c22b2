"""Whether launch settings claim what is taken or not ready: static addresses, and instances to launch into."""

from collections.abc import Mapping
from typing import Any

import msgspec

from ..errors import FieldProblem
from .accounts import Place
from .launch_settings import LaunchSettings
from .servers import OperatingSystem, SourceServer

LAUNCH_INTO_TAG, LAUNCH_INTO_VALUE = "AWSDRS", "AllowLaunchingIntoThisInstance"
"""DRS launches into instances with this tag only (DRS user guide, launch into instance)."""


class Address(msgspec.Struct, frozen=True, order=True):
    """A private address of a subnet."""

    subnet_id: str
    address: str


class AddressHolder(msgspec.Struct, frozen=True):
    """The network interface that has an address, and its instance. ``source_server_id`` is DRS's tag on one of them."""

    interface_id: str
    instance_id: str = ""
    source_server_id: str = ""


class ExistingInstance(msgspec.Struct, frozen=True):
    """An instance to launch into, as EC2 shows it; ``state`` in capitals."""

    state: str
    tags: dict[str, str]
    os: OperatingSystem


def static_addresses(effective: Mapping[str, LaunchSettings]) -> dict[str, Address]:
    """The static address of each server that has one."""
    given = {server_id: settings.given() for server_id, settings in effective.items()}
    return {
        server_id: Address(fields.get("subnet_id", ""), fields["static_private_ip"])
        for server_id, fields in given.items()
        if "static_private_ip" in fields
    }


def address_problems(server_id: str, wanted: Address, holders: Mapping[Address, AddressHolder]) -> list[FieldProblem]:
    """A static address must be free. That of the server's own instance is: DRS ends this one at the next launch."""
    holder = holders.get(wanted)
    if holder is None or holder.source_server_id == server_id:
        return []
    instance = f" of the instance {holder.instance_id}" if holder.instance_id else ""
    what = f"{wanted.address} is in use in the subnet {wanted.subnet_id}, by the network interface"
    how = "Choose another address, or release this one"
    return [FieldProblem("staticPrivateIp", f"{what} {holder.interface_id}{instance}. {how}")]


def instance_problems(
    instance_id: str, found: ExistingInstance | None, server: SourceServer | None, place: Place, *, is_new: bool
) -> list[FieldProblem]:
    """What DRS demands of an instance to launch into. One that was named before may run: it may be the recovery."""
    if found is None or found.state in _GONE:
        return [
            _problem(instance_id, f"does not exist in {place}. Name an instance of the server's account and Region")
        ]
    problems = []
    if found.tags.get(LAUNCH_INTO_TAG) != LAUNCH_INTO_VALUE:
        tag = f"the tag {LAUNCH_INTO_TAG} with the value {LAUNCH_INTO_VALUE}"
        problems.append(_problem(instance_id, f"needs {tag}, without which DRS does not touch it. Add the tag in EC2"))
    if is_new and found.state != "STOPPED":
        what = f"must be stopped, because DRS replaces its disks; it is {found.state}. Stop it, and save again"
        problems.append(_problem(instance_id, what))
    if server is not None and found.os is not server.os:
        what = f"runs {found.os.value}, but the server runs {server.os.value}. Name an instance of the same platform"
        problems.append(_problem(instance_id, what))
    return problems


def takers_of(instance_id: str, levels: Mapping[str, LaunchSettings]) -> list[str]:
    """The servers among these that are launched into the instance, by their own levels."""
    return sorted(server_id for server_id, settings in levels.items() if into_instance(settings) == instance_id)


def taken_problem(instance_id: str, takers: list[str]) -> FieldProblem:
    """Two servers in one instance would replace each other's disks."""
    return _problem(instance_id, f"is named by {', '.join(takers)} already; only one server can be launched into it")


def into_instance(settings: LaunchSettings) -> str:
    """The instance that the settings name to launch into, or none."""
    named: Any = settings.given().get("launch_into_instance")
    return named.instance_id if named is not None else ""


_GONE = {"SHUTTING-DOWN", "TERMINATED"}


def _problem(instance_id: str, what: str) -> FieldProblem:
    return FieldProblem("launchIntoInstance", f"the instance {instance_id} {what}")
