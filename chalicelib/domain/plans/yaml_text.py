"""Writes JSON values as YAML in one form only; reading YAML is left to clients.

Each value has a line of its own, so that a change of one value is a change of one line. Text that a reader of YAML 1.1
or 1.2 could take for something else is in double quotes.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

_PLAIN = re.compile(r"[A-Za-z_](?:[A-Za-z0-9_ .,/@()+=-]*[A-Za-z0-9_./)+=-])?", re.ASCII)
_WORDS = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})


def to_yaml(value: Any) -> str:
    """The YAML of an object with at least one field."""
    return "".join(f"{line}\n" for line in _mapping(value))


def _mapping(value: dict[str, Any]) -> Iterator[str]:
    for key, item in value.items():
        if isinstance(item, dict | list) and item:
            yield f"{_text(key)}:"
            yield from (f"  {line}" for line in _block(item))
        else:
            yield f"{_text(key)}: {_scalar(item)}"


def _block(value: dict[str, Any] | list[Any]) -> Iterator[str]:
    if isinstance(value, dict):
        yield from _mapping(value)
        return
    for item in value:
        lines = _block(item) if isinstance(item, dict | list) and item else iter([_scalar(item)])
        yield f"- {next(lines)}"
        yield from (f"  {line}" for line in lines)


def _scalar(value: Any) -> str:
    """One value on the rest of a line; ``{}`` and ``[]`` for empty objects and lists."""
    return _text(value) if isinstance(value, str) else json.dumps(value)


def _text(text: str) -> str:
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(sign if sign.isprintable() else _escaped(sign) for sign in quoted)


def _escaped(sign: str) -> str:
    """A sign in double quotes that is not printable, such as a line separator, which would end the line."""
    code = ord(sign)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
