"""Hosts of steps: what no resolver can look up is refused with its remedy when the plan is saved."""

import string
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chalicelib.domain.plans.hosts import host_problems
from chalicelib.domain.plans.steps import url_problems

LONG = "a" * 63


def _message(host: str) -> str:
    return "; ".join(problem.message for problem in host_problems("host", host))


@pytest.mark.parametrize(
    "host",
    [
        "db",
        "db.example.com",
        "DB-1.Example.COM",
        "1and1.example",
        "xn--bcher-kva.example",
        f"{LONG}.example",
        ".".join([LONG, LONG, LONG, "a" * 61]),
        "10.0.0.1",
        "::1",
        "2001:db8::5",
    ],
)
def test_addresses_and_names_that_dns_knows_are_accepted(host: str) -> None:
    assert _message(host) == ""


@pytest.mark.parametrize(
    ("host", "words"),
    [
        ("db..example.com", "leave out dots"),
        (".example.com", "leave out dots"),
        ("example.com.", "leave out dots"),
        ("a" * 64, "64 characters"),
        (f"{'a' * 64}.example", "64 characters"),
        (".".join([LONG, LONG, LONG, "a" * 62]), "at most 253"),
        ("-db.example", "inner hyphens"),
        ("db-.example", "inner hyphens"),
        ("db_1.example", "inner hyphens"),
        ("db example", "inner hyphens"),
        ("db%31.example", "inner hyphens"),
        ("bücher.example", "xn--"),
        ("xn--99999999.example", "not the ASCII form"),
        ("db:5432", "without a port"),
        ("[::1]", "without brackets"),
        ("10.0.0.1:80", "without a port"),
        ("256.1.1.1", "four numbers"),
        ("10.0.0", "four numbers"),
        ("010.0.0.1", "four numbers"),
        ("2130706433", "four numbers"),
        ("0x7f000001", "four numbers"),
        ("127.0x1", "four numbers"),
        ("2001:db8::5%eth0", "leave out '%'"),
        ("fe80::1", "may not reach"),
        ("0.0.0.0", "may not reach"),
    ],
)
def test_a_host_that_cannot_be_looked_up_is_refused_with_its_remedy(host: str, words: str) -> None:
    assert words in _message(host)


@pytest.mark.parametrize(
    "url",
    [
        "http://db..example.com/",
        f"https://{'a' * 64}/",
        "http://[::1/",
        "http://[v1.a]/",
        "http://[10.0.0.1]/",
        "http://host:0/",
        "http://host:65536/",
        "http://host:http/",
        "http://{privateIp}.5/",
    ],
)
def test_a_url_with_a_host_or_port_that_cannot_be_reached_is_refused(url: str) -> None:
    assert url_problems("url", url)


_hosts = st.text(string.ascii_letters + string.digits + ".-:[]%_ ü", max_size=270) | st.text(max_size=80)


@given(_hosts)
@example("a." * 126 + "a")
def test_every_host_that_is_accepted_can_be_encoded(host: str) -> None:
    """What the resolver encodes before it looks a name up, and what a URL gives back."""
    if host and not host_problems("host", host):
        assert host.encode("idna")
        assert urlsplit(f"http://[{host}]/" if ":" in host else f"http://{host}/").hostname == host.lower()
