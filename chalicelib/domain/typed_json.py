"""Reads JSON and plain values into typed ones, safely in threads.

msgspec (0.22) learns a type when it first reads it, and keeps what it has learnt at the struct before it is complete.
A second thread that reads the same struct at that moment crashes the process. So types are learnt one at a time.
"""

import threading
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")

_learning = threading.Lock()
_learnt: set[Any] = set()


def read_json(text: bytes | str, kind: type[T]) -> T:
    """The value of ``kind`` in a JSON text. Raises what ``msgspec.json.decode`` raises."""
    return msgspec.json.decode(text, type=_learn(kind))


def convert(value: Any, kind: type[T], *, strict: bool = True) -> T:
    """The value of ``kind`` that plain values describe. Raises what ``msgspec.convert`` raises."""
    return msgspec.convert(value, _learn(kind), strict=strict)


def _learn(kind: type[T]) -> type[T]:
    if kind not in _learnt:
        with _learning:
            msgspec.json.Decoder(kind)
            _learnt.add(kind)
    return kind
