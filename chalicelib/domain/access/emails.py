"""E-mail addresses of a plan's notifications: which are accepted, and how they are shown where few should read them."""

import re
from collections.abc import Sequence

from ..errors import FieldProblem

MAX_ADDRESSES = 20
MAX_ADDRESS_CHARACTERS = 254

_ADDRESS = re.compile(r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")


def plain_address(address: str) -> str:
    """The address as it is kept: SNS tells capitals apart, people and mail servers do not."""
    return address.strip().lower()


def address_problems(field: str, addresses: Sequence[str]) -> list[FieldProblem]:
    """Everything wrong with a list of addresses, each with its place."""
    problems = []
    seen: set[str] = set()
    for index, address in enumerate(addresses):
        plain = plain_address(address)
        if len(plain) > MAX_ADDRESS_CHARACTERS or not _ADDRESS.fullmatch(plain):
            problems.append(FieldProblem(f"{field}[{index}]", "must be an e-mail address such as ops@example.com"))
        elif plain in seen:
            problems.append(FieldProblem(f"{field}[{index}]", "is in the list already"))
        seen.add(plain)
    return problems


def mask_address(address: str) -> str:
    """Enough to recognise one's own address by: ``o***@example.com``."""
    name, at, domain = address.partition("@")
    return f"{name[:1]}***{at}{domain}" if at else "***"
