"""Rules for e-mail addresses: what SNS can send to, and what to write in place of what it cannot.

A plain address of RFC 5321 in ASCII; a domain of another script is given in its ASCII form (RFC 5890, ``xn--``).
"""

import re
from collections.abc import Sequence

from ..errors import FieldProblem

MAX_ADDRESSES = 20
MAX_ADDRESS_CHARACTERS = 254
_MAX_LOCAL_CHARACTERS, _MAX_LABEL_CHARACTERS = 64, 63

_LOCAL = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")


def plain_address(address: str) -> str:
    """The address as it is stored. SNS distinguishes capital letters; people and mail servers do not."""
    return address.strip().lower()


def address_problems(field: str, addresses: Sequence[str]) -> list[FieldProblem]:
    """Everything wrong with a list of addresses, each problem with its index."""
    problems = []
    seen: set[str] = set()
    for index, address in enumerate(addresses):
        plain = plain_address(address)
        problem = _problem(address.strip()) or ("is already in the list" if plain in seen else "")
        if problem:
            problems.append(FieldProblem(f"{field}[{index}]", problem))
        seen.add(plain)
    return problems


def _problem(given: str) -> str:
    """What is wrong with an address, and what to do; empty if nothing is."""
    local, at, domain = given.rpartition("@")
    if not at or not local or not domain:
        return "must be an e-mail address such as ops@example.com"
    if given.endswith(">"):
        return "must be the address alone, without a name and angle brackets"
    # Before letters are made small: that turns some characters of other scripts into ASCII ones.
    if not local.isascii():
        return "has characters before the @ that are not ASCII, which SNS cannot send to; use another address"
    if local.startswith('"'):
        return "has a quoted part before the @, which is not supported; use an address without quotation marks"
    if not domain.isascii():
        return "has a domain in another script; write it in its ASCII form, for example user@example.xn--p1ai"
    if len(given) > MAX_ADDRESS_CHARACTERS:
        return f"must have at most {MAX_ADDRESS_CHARACTERS} characters; it has {len(given)}"
    return _local_problem(local.lower()) or _domain_problem(domain.lower())


def _local_problem(local: str) -> str:
    if len(local) > _MAX_LOCAL_CHARACTERS:
        return f"must have at most {_MAX_LOCAL_CHARACTERS} characters before the @; it has {len(local)}"
    if not _LOCAL.fullmatch(local):
        return "must have letters, digits or the signs !#$%&'*+/=?^_`{|}~- before the @, and dots only between them"
    return ""


def _domain_problem(domain: str) -> str:
    if domain.startswith("["):
        return "must have a domain name after the @, not an IP address"
    labels = domain.split(".")
    if len(labels) < 2:
        return "must have a complete domain after the @, such as example.com"
    for label in labels:
        if len(label) > _MAX_LABEL_CHARACTERS:
            return f"has a part of its domain with {len(label)} characters; at most {_MAX_LABEL_CHARACTERS} are allowed"
        if not _LABEL.fullmatch(label):
            return (
                f"has '{label}' in its domain; parts have letters, digits and inner hyphens, with single dots between"
            )
        if label.startswith("xn--") and not _is_punycode(label.removeprefix("xn--")):
            return f"has '{label}' in its domain, which is not a valid form of a name in another script; check it"
    if not (labels[-1].startswith("xn--") or (labels[-1].isalpha() and len(labels[-1]) > 1)):
        return f"must end in a top-level domain such as com or xn--p1ai, not '{labels[-1]}'"
    return ""


def _is_punycode(text: str) -> bool:
    try:
        return not text.encode("ascii").decode("punycode").isascii()
    except (UnicodeError, ValueError, OverflowError):
        return False
