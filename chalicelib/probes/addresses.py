"""Which addresses a step may reach: judged after the name was resolved, so that a name cannot lead elsewhere."""

import ipaddress
import socket


class Refused(Exception):
    """The step may not go there; nothing was sent."""


def resolve(host: str, port: int, *, loopback_allowed: bool) -> str:
    """The address to connect to, and to no other. Raises Refused, or OSError when the name has no address.

    Every address of the name must be allowed. Private networks are where recovered servers live; link-local addresses
    are where credentials of the platform live (``169.254.169.254`` and its relatives).
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
        raise Refused(f"'{host}' leads to {text}, which steps may not reach.")
