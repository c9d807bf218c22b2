"""The limits of what callers may send, as types, and how to stay within those of AWS, which count bytes.

Decoding enforces the types and the API document states them. Limits that have their own message are only stated here
(``_stated``); the rules of their subject enforce them.
"""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta

from .pages import MAX_PAGE

T = TypeVar("T")

MAX_NAME = 64
MAX_TEXT = 1_000
MAX_WAVES = 200
MAX_WAVE_STEPS = 50
MAX_SERVERS = 5_000
MAX_WAVE_GROUPS = 100


def _stated(**schema: Any) -> Meta:
    return Meta(extra_json_schema=schema)


def from_to(low: int, high: int) -> Meta:
    """The range of a number, for the API document."""
    return _stated(minimum=low, maximum=high)


Id = Annotated[str, Meta(min_length=1, max_length=128)]
"""An id of ours or of AWS, never empty because it is a key in tables."""

OptionalId = Annotated[str, Meta(max_length=128)]
Name = Annotated[str, _stated(minLength=1, maxLength=MAX_NAME)]
Text = Annotated[str, Meta(max_length=MAX_TEXT)]
"""A description, a reason or a comment."""

Owner = Annotated[str, Meta(max_length=256)]
Word = Annotated[str, Meta(max_length=64)]
"""A short value, such as a keyword, a weekday or a time of day."""

Cursor = Annotated[str, Meta(max_length=4_096)]
Limit = Annotated[int, Meta(ge=1, le=MAX_PAGE)]
Version = Annotated[int, Meta(ge=0, le=2**31)]
WaveNumber = Annotated[int, Meta(ge=1, le=MAX_WAVES)]
Moment = Annotated[datetime, Meta(tz=True)]
"""A time with its offset from UTC."""

Tags = Annotated[dict[Annotated[str, Meta(max_length=128)], Annotated[str, Meta(max_length=256)]], Meta(max_length=50)]
ServerIds = Annotated[tuple[Id, ...], Meta(max_length=MAX_SERVERS)]
Short = Annotated[str, Meta(max_length=256)]
Long = Annotated[str, Meta(max_length=8_192)]


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
