"""Decides which addresses a step may reach. It judges resolved addresses, never names."""

import ipaddress
import socket


class Refused(Exception):
    """The step may not connect to this address; nothing was sent."""


def resolve(host: str, port: int, *, loopback_allowed: bool) -> str:
    """The only address to connect to. Raises Refused, or OSError if the name has no address.

    Every address of the name must be allowed. Private networks are allowed, because recovered servers are there.
    Link-local addresses are not, because they give out the platform's credentials (such as ``169.254.169.254``).
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(entry[4][0]) for entry in found]
    for address in addresses:
        _require_allowed(host, address, loopback_allowed=loopback_allowed)
    return addresses[0]


_METADATA = ipaddress.ip_address("fd00:ec2::254")


def _require_allowed(host: str, text: str, *, loopback_allowed: bool) -> None:
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        address = address.ipv4_mapped or address.sixtofour or address
    if address.is_loopback and loopback_allowed:
        return
    forbidden = address.is_loopback or address.is_link_local or address.is_multicast or address.is_unspecified
    if forbidden or address.is_reserved or address == _METADATA:
        raise Refused(f"'{host}' resolves to {text}, which steps are not allowed to reach.")
