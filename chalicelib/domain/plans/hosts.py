"""The rules for hosts and addresses in steps: what a host may be, and what no step reaches. Looks up no name."""

import ipaddress
import re

from ..errors import FieldProblem

MAX_NAME_CHARACTERS = 253
MAX_LABEL_CHARACTERS = 63
"""RFC 1035, section 2.3.4: 255 octets in a message, which are 253 characters as text, and 63 in a label."""

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_NEVER = tuple(map(ipaddress.ip_network, ("0.0.0.0/8", "fd00:ec2::/32", "fec0::/10")))
"""This network (RFC 1122), EC2's own services over IPv6 (EC2 user guide, "Instance metadata"), old site-local ones."""

_TRANSLATED = tuple(map(ipaddress.ip_network, ("::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48")))
"""Mapped addresses (RFC 4291) and NAT64 (RFC 6052, RFC 8215): the last 32 bits are the address that is reached."""

_ENCODED = "xn--"
_LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?")
_NUMBER = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]*")


def host_problems(field: str, host: str) -> list[FieldProblem]:
    """What is wrong with a host, with its remedy; an empty host has no problem."""
    if not host:
        return []
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        problem = _name_problem(host)
        return [FieldProblem(field, problem)] if problem else []
    if isinstance(address, ipaddress.IPv6Address) and address.scope_id is not None:
        return [FieldProblem(field, "must not name an interface of the host; leave out '%' and what follows it")]
    if is_never_reached(host, loopback_allowed=True):
        problem = "is a link-local, multicast, reserved or metadata address, which steps may not reach"
        return [FieldProblem(field, problem)]
    return []


def is_never_reached(text: str, *, loopback_allowed: bool) -> bool:
    """Whether an address is one that no step connects to, whatever is allowed. Raises ValueError for other text.

    Link-local addresses and those of the metadata service give out the platform's own credentials. An IPv6 address
    that leads to an IPv4 address is judged by both.
    """
    address = ipaddress.ip_address(text.partition("%")[0])
    inside = _inside(address) if isinstance(address, ipaddress.IPv6Address) else []
    is_translated = any(address in network for network in _TRANSLATED if address.version == network.version)
    judged = inside if is_translated else [address, *inside]
    return any(_is_forbidden(each, loopback_allowed) for each in judged)


def _is_forbidden(address: _Address, loopback_allowed: bool) -> bool:
    if address.is_loopback:
        return not loopback_allowed
    if address.is_link_local or address.is_multicast or address.is_unspecified or address.is_reserved:
        return True
    return any(address in network for network in _NEVER if address.version == network.version)


def _inside(address: ipaddress.IPv6Address) -> list[ipaddress.IPv4Address]:
    """The IPv4 addresses that an IPv6 address leads to."""
    last = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    if any(address in network for network in _TRANSLATED) or _is_isatap(address):
        return [last]
    return [each for each in (address.sixtofour, *(address.teredo or ())) if each is not None]


def _is_isatap(address: ipaddress.IPv6Address) -> bool:
    """RFC 5214, section 6.1: the interface identifier is 0000:5efe or 0200:5efe and the IPv4 address."""
    return (int(address) >> 32) & 0xFDFF_FFFF == 0x0000_5EFE


def _name_problem(host: str) -> str:
    """Why no resolver would look up this name; empty when it would."""
    if not host.isascii():
        return "must be ASCII; write an international name in its ASCII form, such as xn--bcher-kva.example"
    if host.startswith("[") or ":" in host:
        return "must be a host name or an IP address, without brackets and without a port"
    if len(host) > MAX_NAME_CHARACTERS:
        return f"has {len(host)} characters; a host name has at most {MAX_NAME_CHARACTERS}"
    labels = host.split(".")
    if "" in labels:
        return "has an empty part; leave out dots at the beginning, at the end and next to each other"
    problem = next(filter(None, map(_label_problem, labels)), "")
    if problem:
        return problem
    if _NUMBER.fullmatch(labels[-1]):
        # Resolvers read such a name as an address in an old notation: 127.1, 0x7f000001, 010.0.0.1.
        return "ends in a number and is not an IPv4 address; write four numbers from 0 to 255 without leading zeros"
    return ""


def _label_problem(label: str) -> str:
    if len(label) > MAX_LABEL_CHARACTERS:
        return f"has a part of {len(label)} characters ('{label[:20]}…'); at most {MAX_LABEL_CHARACTERS} are possible"
    if not _LABEL.fullmatch(label):
        return f"must be a host name or an IP address; '{label}' may contain only letters, digits and inner hyphens"
    if label.lower().startswith(_ENCODED) and not _is_decodable(label[len(_ENCODED) :]):
        return f"has a part that is not the ASCII form of any text: '{label}'"
    return ""


def _is_decodable(encoded: str) -> bool:
    try:
        return bool(encoded.encode("ascii").decode("punycode"))
    except (ValueError, OverflowError):
        return False
