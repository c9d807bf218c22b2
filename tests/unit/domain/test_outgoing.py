"""Where steps may go: allowed hosts and networks, and addresses that are never reached, in any spelling."""

import ipaddress
import socket
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.plans.hosts import host_problems, is_never_reached
from chalicelib.domain.plans.outgoing import (
    OutgoingHosts,
    host_of,
    outgoing_problems,
    steps_that_leave,
    why_not_allowed,
    why_not_own,
)
from chalicelib.domain.plans.plans import WaveContent
from chalicelib.domain.plans.steps import HttpProbe, InvokeLambda, TcpProbe
from chalicelib.probes.addresses import Refused, resolve

FORBIDDEN = st.one_of(
    st.ip_addresses(v=4, network="169.254.0.0/16"),
    st.ip_addresses(v=4, network="0.0.0.0/8"),
    st.ip_addresses(v=4, network="127.0.0.0/8"),
    st.ip_addresses(v=4, network="224.0.0.0/3"),
)

# How an IPv4 address can be written inside an IPv6 one that leads to it.
CARRIERS: dict[str, Callable[[int], int]] = {
    "mapped": lambda v4: 0xFFFF << 32 | v4,
    "compatible": lambda v4: v4,
    "NAT64": lambda v4: int(ipaddress.ip_address("64:ff9b::")) | v4,
    "local NAT64": lambda v4: int(ipaddress.ip_address("64:ff9b:1:2::")) | v4,
    "6to4": lambda v4: 0x2002 << 112 | v4 << 80,
    "Teredo": lambda v4: 0x2001_0000 << 96 | v4 ^ 0xFFFF_FFFF,
    "Teredo server": lambda v4: 0x2001_0000 << 96 | v4 << 64 | 0xFFFF_FFFF ^ int(ipaddress.ip_address("8.8.8.8")),
    "ISATAP": lambda v4: int(ipaddress.ip_address("2001:db8::5efe:0:0")) | v4,
}


def spellings(address: ipaddress.IPv4Address) -> list[str]:
    """How resolvers read an IPv4 address: a number, hexadecimal, octal, and with fewer parts."""
    number, parts = int(address), str(address).split(".")
    return [
        str(address),
        str(number),
        hex(number),
        f"0{number:o}",
        ".".join(f"0{int(part):o}" for part in parts),
        ".".join(hex(int(part)) for part in parts),
        f"{parts[0]}.{parts[1]}.{int(parts[2]) << 8 | int(parts[3])}",
        f"{parts[0]}.{number & 0xFF_FFFF}",
    ]


@given(FORBIDDEN, st.sampled_from(range(8)))
def test_no_spelling_of_a_forbidden_address_is_connected_to(address: ipaddress.IPv4Address, spelling: int) -> None:
    with pytest.raises((Refused, OSError)):
        resolve(spellings(address)[spelling], 80, loopback_allowed=False)


@given(FORBIDDEN, st.sampled_from(sorted(CARRIERS)))
def test_no_ipv6_address_leads_to_a_forbidden_one(address: ipaddress.IPv4Address, carrier: str) -> None:
    carried = ipaddress.IPv6Address(CARRIERS[carrier](int(address)))
    if carried.is_loopback:
        return
    assert is_never_reached(str(carried), loopback_allowed=False), carrier
    assert host_problems("host", str(carried)) or address.is_loopback


@pytest.mark.parametrize(
    "address", ["fd00:ec2::254", "fd00:ec2::253", "fd00:ec2:0:0::23", "fe80::1%eth0", "ff02::1", "::", "::1", "fec0::1"]
)
def test_services_of_ec2_and_the_link_are_never_reached_over_ipv6(address: str) -> None:
    assert is_never_reached(address, loopback_allowed=False)


@given(st.ip_addresses(v=4, network="10.0.0.0/8") | st.ip_addresses(v=4, network="172.16.0.0/12"))
def test_private_addresses_are_reached(address: ipaddress.IPv4Address) -> None:
    assert not is_never_reached(str(address), loopback_allowed=False)
    assert not is_never_reached(f"::ffff:{address}", loopback_allowed=False)


@pytest.mark.parametrize("first", ["10.0.0.5", "169.254.169.254"])
def test_a_name_of_which_one_address_is_forbidden_is_refused(monkeypatch: pytest.MonkeyPatch, first: str) -> None:
    both = [first, "10.0.0.5" if first != "10.0.0.5" else "169.254.169.254"]
    answer = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80)) for address in both]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answer)
    with pytest.raises(Refused, match=r"169\.254\.169\.254"):
        resolve("rebinding.example", 80, loopback_allowed=True)


# --- what an administrator allows ---

ALLOWED = OutgoingHosts(hosts=("status.example.com", "*.shop.example.com"), networks=("10.20.0.0/16", "192.0.2.7"))


@pytest.mark.parametrize(
    "host", ["status.example.com", "STATUS.example.com", "a.shop.example.com", "10.20.3.4", "192.0.2.7"]
)
def test_what_is_listed_is_allowed(host: str) -> None:
    assert why_not_allowed(host, ALLOWED) == ""


@pytest.mark.parametrize(
    "host",
    [
        *("example.com", "x.status.example.com", "shop.example.com", "evilshop.example.com", "status.example.com.evil"),
        *("10.21.0.1", "192.0.2.8", "::ffff:10.20.3.4", "169.254.169.254"),
    ],
)
def test_everything_else_is_not(host: str) -> None:
    assert "PUT /config/outgoing-hosts" in why_not_allowed(host, ALLOWED)
    assert why_not_allowed(host, OutgoingHosts())


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://{privateIp}:8080/health", ""),
        ("https://{PRIVATEIP}/", ""),
        ("http://{privateIp}.evil.example/", "{privateip}.evil.example"),
        ("http://evil.example/?for={privateIp}", "evil.example"),
        ("http://evil.example#{privateIp}", "evil.example"),
        ("http://169.254.169.254/{privateIp}", "169.254.169.254"),
    ],
)
def test_only_the_host_decides_whether_a_step_goes_to_an_instance(url: str, host: str) -> None:
    assert host_of(HttpProbe(name="x", url=url)) == host


def test_the_steps_of_a_plan_that_leave_are_named_with_their_fields() -> None:
    wave = WaveContent(
        number=1,
        name="One",
        group_ids=("pg-1",),
        pre_actions=(HttpProbe(name="a", url="https://a.example/"), HttpProbe(name="b", url="nonsense://[")),
        post_actions=(InvokeLambda(name="c", function="dr-step-c"),),
        validations=(TcpProbe(name="d", port=1), TcpProbe(name="e", port=1, host="10.0.0.1")),
    )
    assert list(steps_that_leave([wave])) == [
        ("waves[0].preActions[0].url", "a.example"),
        ("waves[0].validations[1].host", "10.0.0.1"),
    ]


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ({"hosts": ["10.0.0.1"]}, "hosts[0]"),
        ({"hosts": ["a.example", "*"]}, "hosts[1]"),
        ({"hosts": ["*.com"]}, "hosts[0]"),
        ({"hosts": ["https://a.example"]}, "hosts[0]"),
        ({"hosts": [""]}, "hosts[0]"),
        ({"hosts": ["*."]}, "hosts[0]"),
        ({"networks": ["10.0.0.1/8"]}, "networks[0]"),
        ({"networks": ["a.example"]}, "networks[0]"),
        ({"networks": ["169.254.0.0/16"]}, "networks[0]"),
        ({"networks": ["169.254.169.254"]}, "networks[0]"),
        ({"networks": ["fd00:ec2::/64"]}, "networks[0]"),
    ],
)
def test_the_setting_is_checked_field_by_field(content: dict[str, Any], field: str) -> None:
    assert [problem.field for problem in outgoing_problems(OutgoingHosts(**content))] == [field]


def test_a_useful_setting_has_no_problems() -> None:
    assert outgoing_problems(ALLOWED) == []


@pytest.mark.parametrize(
    ("function", "why"),
    [
        ("dr-step-x-qa", ""),
        ("arn:aws:lambda:eu-west-1:111122223333:function:dr-step-x-qa", ""),
        ("dr-step-x-prod", "is not one of stage qa"),
        ("dr-step-x", "is not one of stage qa"),
        ("arn:aws:lambda:us-east-2:999999999999:function:dr-step-x-qa", "is in account 999999999999"),
    ],
)
def test_functions_of_steps_are_of_this_account_and_stage(function: str, why: str) -> None:
    found = why_not_own(function, account_id="111122223333", stage="qa")
    assert (why in found) if why else found == ""
