"""Static addresses that are taken, and instances that DRS cannot launch into."""

from datetime import UTC, datetime

import msgspec
import pytest

from chalicelib.domain.estate.accounts import Place
from chalicelib.domain.estate.launch_occupancy import (
    Address,
    AddressHolder,
    ExistingInstance,
    address_problems,
    instance_problems,
    into_instance,
    static_addresses,
    takers_of,
)
from chalicelib.domain.estate.launch_settings import LaunchIntoInstance, LaunchSettings
from chalicelib.domain.estate.servers import OperatingSystem, SourceServer

PLACE = Place("222233334444", "us-east-1")
WANTED = Address("subnet-1", "10.0.0.9")
SERVER = SourceServer(
    "s-1",
    "222233334444",
    "us-east-1",
    "web",
    OperatingSystem.LINUX,
    "CONTINUOUS",
    0,
    {},
    datetime(2026, 1, 1, tzinfo=UTC),
)
READY = ExistingInstance("STOPPED", {"AWSDRS": "AllowLaunchingIntoThisInstance"}, OperatingSystem.LINUX)
INTO = LaunchSettings(launch_into_instance=LaunchIntoInstance("i-1"))


def test_an_address_that_something_else_has_is_refused_with_its_holder() -> None:
    (problem,) = address_problems("s-1", WANTED, {WANTED: AddressHolder("eni-1", "i-7")})
    assert problem.field == "staticPrivateIp"
    assert (
        "10.0.0.9 is in use in the subnet subnet-1, by the network interface eni-1 of the instance i-7"
        in problem.message
    )
    assert address_problems("s-1", WANTED, {WANTED: AddressHolder("eni-1", "i-7", "s-2")})


def test_the_address_of_the_servers_own_instance_and_that_of_another_subnet_are_free() -> None:
    assert address_problems("s-1", WANTED, {WANTED: AddressHolder("eni-1", "i-7", "s-1")}) == []
    assert address_problems("s-1", WANTED, {Address("subnet-2", "10.0.0.9"): AddressHolder("eni-1")}) == []


def test_only_servers_with_a_static_address_have_one_to_check() -> None:
    given = LaunchSettings(static_private_ip="10.0.0.9", subnet_id="subnet-1")
    assert static_addresses({"s-1": given, "s-2": LaunchSettings(subnet_id="subnet-1")}) == {"s-1": WANTED}


@pytest.mark.parametrize(
    ("found", "is_new", "said"),
    [
        (READY, True, []),
        (msgspec.structs.replace(READY, state="RUNNING"), False, []),
        (msgspec.structs.replace(READY, state="RUNNING"), True, ["must be stopped"]),
        (msgspec.structs.replace(READY, tags={"AWSDRS": "no"}), True, ["needs the tag AWSDRS"]),
        (msgspec.structs.replace(READY, os=OperatingSystem.WINDOWS), True, ["runs WINDOWS, but the server runs LINUX"]),
        (msgspec.structs.replace(READY, state="TERMINATED"), False, ["does not exist in 222233334444/us-east-1"]),
        (None, False, ["does not exist in 222233334444/us-east-1"]),
        (ExistingInstance("PENDING", {}, OperatingSystem.LINUX), True, ["needs the tag", "it is PENDING"]),
    ],
)
def test_an_instance_to_launch_into_has_to_be_ready(
    found: ExistingInstance | None, is_new: bool, said: list[str]
) -> None:
    problems = instance_problems("i-1", found, SERVER, PLACE, is_new=is_new)
    assert {problem.field for problem in problems} <= {"launchIntoInstance"}
    assert [part in problem.message for part, problem in zip(said, problems, strict=True)] == [True] * len(said)


def test_the_servers_that_are_launched_into_an_instance_are_those_whose_level_names_it() -> None:
    other = LaunchSettings(launch_into_instance=LaunchIntoInstance("i-2"))
    levels = {"s-2": INTO, "s-1": INTO, "s-3": other, "s-4": LaunchSettings(launch_into_instance=None)}
    assert takers_of("i-1", levels) == ["s-1", "s-2"]
    assert into_instance(LaunchSettings()) == into_instance(LaunchSettings(launch_into_instance=None)) == ""
