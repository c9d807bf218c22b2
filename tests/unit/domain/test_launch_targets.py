"""Whether a launch would find its network: every interface of a launch template, and room for all of them."""

from typing import Any

import pytest

from chalicelib.aws.reads.estate.launch_settings import _target
from chalicelib.domain.estate.launch_targets import Interface, LaunchTarget, Network, Subnet, judge_room, judge_target
from chalicelib.domain.estate.servers import Readiness

NETWORK = Network(
    subnets={
        "subnet-a": Subnet("vpc-1", "us-east-1a", 5, is_default=False),
        "subnet-b": Subnet("vpc-1", "us-east-1b", 5, is_default=False),
        "subnet-one": Subnet("vpc-1", "us-east-1a", 1, is_default=False),
        "subnet-full": Subnet("vpc-1", "us-east-1a", 0, is_default=False),
        "subnet-default": Subnet("vpc-1", "us-east-1a", 2, is_default=True),
    },
    group_vpcs={"sg-1": "vpc-1", "sg-2": "vpc-2"},
    offered=frozenset({("m5.large", "us-east-1a")}),
    profiles=frozenset(),
)
PRIMARY = {"DeviceIndex": 0, "SubnetId": "subnet-a", "Groups": ["sg-1"]}


def judged(*interfaces: dict[str, Any], **data: Any) -> list[tuple[str, str]]:
    found = judge_target(_target({"NetworkInterfaces": list(interfaces), **data}), NETWORK)
    return [(finding.code, finding.reason) for finding in found]


def test_a_template_whose_interfaces_all_fit_has_no_finding() -> None:
    assert judged(PRIMARY, {"DeviceIndex": 1, "SubnetId": "subnet-one", "Groups": ["sg-1"]}) == []
    assert judged(InstanceType="m5.large") == []
    assert judged(PRIMARY, InstanceType="m5.large") == []


@pytest.mark.parametrize(
    ("second", "code", "reason"),
    [
        (
            {"SubnetId": "subnet-none"},
            "SUBNET_NOT_FOUND",
            "The subnet subnet-none (network interface 1) does not exist.",
        ),
        ({"SubnetId": "subnet-full"}, "SUBNET_FULL", "(network interface 1) has no free IP address."),
        (
            {"SubnetId": "subnet-one", "SecondaryPrivateIpAddressCount": 2},
            "SUBNET_FULL",
            "(network interface 1) has 1 free IP address, but the server needs 3.",
        ),
        (
            {"SubnetId": "subnet-one", "PrivateIpAddresses": [{"Primary": True}, {"Primary": False}]},
            "SUBNET_FULL",
            "has 1 free IP address, but the server needs 2.",
        ),
        ({"SubnetId": "subnet-a", "Groups": ["sg-none"]}, "SECURITY_GROUP_NOT_FOUND", "sg-none (network interface 1)"),
        ({"SubnetId": "subnet-a", "Groups": ["sg-2"]}, "SECURITY_GROUP_ELSEWHERE", "(network interface 1) is in vpc-2"),
        ({"SubnetId": "subnet-b"}, "INTERFACES_APART", "subnet-a in us-east-1a, subnet-b in us-east-1b"),
        ({"SubnetId": "subnet-a", "AssociatePublicIpAddress": True}, "PUBLIC_ADDRESS_REFUSED", "2 network interfaces"),
        ({"NetworkInterfaceId": "eni-1"}, "NOT_CHECKED", "exists already, eni-1."),
    ],
)
def test_a_problem_of_another_interface_is_found_and_names_it(second: dict[str, Any], code: str, reason: str) -> None:
    ((found, text),) = judged(PRIMARY, {"DeviceIndex": 1, **second})
    assert found == code
    assert reason in text


def test_interfaces_are_known_by_their_index_and_not_by_their_order() -> None:
    ((code, reason),) = judged(
        {"DeviceIndex": 1, "SubnetId": "subnet-a"}, {"DeviceIndex": 0, "SubnetId": "subnet-none"}
    )
    assert (code, reason) == ("SUBNET_NOT_FOUND", "The subnet subnet-none does not exist.")


def test_interfaces_without_groups_have_those_of_the_template() -> None:
    found = judged({"DeviceIndex": 0, "SubnetId": "subnet-a"}, SecurityGroupIds=["sg-2"])
    assert [code for code, _ in found] == ["SECURITY_GROUP_ELSEWHERE"]


def test_two_interfaces_in_one_subnet_need_two_addresses() -> None:
    one = {"SubnetId": "subnet-one"}
    assert {code for code, _ in judged({"DeviceIndex": 0, **one}, {"DeviceIndex": 1, **one})} == {"SUBNET_FULL"}


def test_an_instance_type_must_be_offered_where_every_interface_is() -> None:
    ((code, reason),) = judged({"DeviceIndex": 0, "SubnetId": "subnet-b"}, InstanceType="m5.large")
    assert code == "TYPE_NOT_OFFERED"
    assert "us-east-1b" in reason


def test_room_counts_the_addresses_of_every_interface_of_every_server() -> None:
    wide = LaunchTarget((Interface(0, "subnet-b"), Interface(1, "subnet-a", addresses=3)))
    narrow = LaunchTarget((Interface(0, "subnet-a"),))
    assert judge_room({"s-1": wide, "s-2": narrow, "s-3": narrow}, NETWORK) == {}
    short = judge_room({"s-1": wide, "s-2": narrow, "s-3": narrow, "s-4": narrow}, NETWORK)
    assert set(short) == {"s-1", "s-2", "s-3", "s-4"}
    (found,) = short["s-2"]
    assert (found.readiness, found.code) == (Readiness.DEGRADED, "SUBNET_SHORT")
    assert "subnet-a has 5 free IP addresses, but the servers that the plan launches there need 6" in found.reason


def test_each_subnet_that_is_short_is_named() -> None:
    both = LaunchTarget((Interface(0, "subnet-a", addresses=4), Interface(1, "subnet-b", addresses=4)))
    assert [len(found) for found in judge_room({"s-1": both, "s-2": both}, NETWORK).values()] == [2, 2]


def test_without_the_subnets_nothing_is_said_about_them() -> None:
    unread = Network(subnets=None, group_vpcs=None, offered=None, profiles=None, unread={"subnets": "denied"})
    target = LaunchTarget((Interface(0, "subnet-a"), Interface(1, "subnet-none")))
    assert [finding.code for finding in judge_target(target, unread)] == ["NOT_CHECKED"]
    assert judge_room({"s-1": target}, unread) == {}
