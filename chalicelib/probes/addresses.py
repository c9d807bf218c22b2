"""Finds the address that a step connects to. It judges resolved addresses, never names, and connects to no other."""

import socket

from ..domain.plans.hosts import is_never_reached


class Refused(Exception):
    """The step may not connect to this address; nothing was sent."""


def resolve(host: str, port: int, *, loopback_allowed: bool) -> str:
    """The only address to connect to. Raises Refused, or OSError if the name has no address.

    Every address of the name must be allowed, however it is written: the resolver also reads 2852039166, 0xa9fea9fe and
    0251.0376.0251.0376. Private networks are allowed, because recovered servers are there.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(entry[4][0]) for entry in found]
    for address in addresses:
        if is_never_reached(address, loopback_allowed=loopback_allowed):
            raise Refused(f"'{host}' resolves to {address}, which steps are not allowed to reach.")
    return addresses[0]
