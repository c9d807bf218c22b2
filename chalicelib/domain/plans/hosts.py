"""The rule for hosts in steps: an IP address, or a name that DNS can look up. This module looks up none."""

import ipaddress
import re

from ..errors import FieldProblem

MAX_NAME_CHARACTERS = 253
MAX_LABEL_CHARACTERS = 63
"""RFC 1035, section 2.3.4: 255 octets in a message, which are 253 characters as text, and 63 in a label."""

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
    if address.is_link_local or address.is_multicast or address.is_unspecified:
        problem = "is a link-local, multicast or unspecified address, which steps may not reach"
        return [FieldProblem(field, problem)]
    return []


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
