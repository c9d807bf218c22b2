"""Sizes as AWS counts them: in bytes, of the text that is sent."""

import json
from collections.abc import Iterable
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")


def sent_bytes(value: Any) -> int:
    """The bytes of a value as a function returns it: JSON in which every character beyond ASCII may be escaped."""
    return len(json.dumps(msgspec.to_builtins(value)))


def that_fit(values: Iterable[T], most_bytes: int) -> list[T]:
    """The first values that have at most ``most_bytes`` together; at least one, or nothing would ever be passed on."""
    kept: list[T] = []
    room = most_bytes
    for value in values:
        room -= sent_bytes(value) + 2
        if room < 0 and kept:
            break
        kept.append(value)
    return kept


def cut_bytes(text: str, most_bytes: int) -> str:
    """The text with at most so many bytes in UTF-8, and no half character at its end."""
    return text.encode()[:most_bytes].decode("utf-8", "ignore")
