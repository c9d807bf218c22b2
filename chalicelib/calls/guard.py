"""Checks size, depth, text and numbers of every request before anything else reads it.

It goes through a value without recursion, so that no value is too deep or too long for it.
"""

import json
import math
import re
from typing import Any

from ..domain.errors import FieldProblem, InvalidRequest, TooLarge

MAX_BYTES = 1_048_576
MAX_LEVELS = 32

_ENVELOPE_BYTES = 16_384
_MOST_PROBLEMS = 20
_MOST_KEY_CHARACTERS = 64
_LARGEST_INTEGER = 2**63 - 1
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_Place = tuple[Any, str | int] | None


def require_bytes(size: int, most: int = MAX_BYTES) -> None:
    """Raises TooLarge for more than ``most`` bytes."""
    if size > most:
        message = f"The request has {size:,} bytes; the limit is {MAX_BYTES:,}. Split it into smaller requests."
        raise TooLarge(message, bytes=size, maxBytes=MAX_BYTES)


def require_sound(value: Any) -> None:
    """Raises InvalidRequest or TooLarge for a JSON body that is not safe to read, store and return.

    A body may have 1 MB, 32 levels of objects and lists, text and keys of valid Unicode without control characters
    (tabs and line breaks are allowed), finite numbers, and integers of 64 bits.
    """
    _require(value, MAX_LEVELS, MAX_BYTES)


def require_sound_event(event: Any) -> None:
    """The same for the event of an invocation, which wraps the body in an envelope."""
    _require(event, MAX_LEVELS + 1, MAX_BYTES + _ENVELOPE_BYTES)


def _require(value: Any, levels: int, most: int) -> None:
    problems = _problems(value, levels)
    if problems:
        raise InvalidRequest(problems)
    require_bytes(len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()), most)


def too_deep() -> FieldProblem:
    return FieldProblem("body", f"has objects and lists nested more than {MAX_LEVELS} levels deep; send a flatter one")


def _problems(root: Any, levels: int) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    unseen: list[tuple[Any, _Place, int]] = [(root, None, 0)]
    while unseen and len(problems) < _MOST_PROBLEMS:
        value, place, level = unseen.pop()
        if isinstance(value, dict | list):
            if level == levels:
                return [too_deep()]
            if isinstance(value, dict):
                problems += [FieldProblem(_path((place, key)), what) for key in value if (what := _wrong_text(key))]
            items = value.items() if isinstance(value, dict) else enumerate(value)
            unseen += [(item, (place, key), level + 1) for key, item in items]
        elif what := _wrong(value):
            problems.append(FieldProblem(_path(place), what))
    return problems[:_MOST_PROBLEMS]


def _wrong(value: Any) -> str:
    if isinstance(value, str):
        return _wrong_text(value)
    if isinstance(value, float) and not math.isfinite(value):
        return "must be a finite number"
    if isinstance(value, int) and abs(value) > _LARGEST_INTEGER:
        return "is too large; integers have at most 64 bits"
    return ""


def _wrong_text(text: str) -> str:
    if text.isascii() and text.isprintable():
        return ""
    try:
        text.encode()
    except UnicodeEncodeError:
        return "is not valid Unicode; it has half of a surrogate pair"
    if _CONTROL.search(text):
        return "contains a control character; only tabs and line breaks are allowed"
    return ""


def _path(place: _Place) -> str:
    """The path of a value, such as ``body.waves[1].name``. Characters that cannot be shown are escaped."""
    steps: list[str] = []
    while place is not None:
        place, key = place
        if isinstance(key, int):
            steps.append(f"[{key}]")
        else:
            steps.append("." + key[:_MOST_KEY_CHARACTERS].encode("utf-8", "backslashreplace").decode())
    return "".join(reversed(steps)).lstrip(".") or "body"
