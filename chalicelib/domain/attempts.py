"""The result of one request to AWS that changes something: done, refused, or unknown."""

from enum import StrEnum
from typing import Any, Generic, TypeVar

import msgspec

T = TypeVar("T")


class RefusalKind(StrEnum):
    """Why AWS certainly did not carry out a request.

    THROTTLED, QUOTA, UNREACHABLE: the same request can succeed later. CONFLICT: a server is in another job. NOT_READY:
    an instance of the request cannot take it yet. INVALID: a server cannot be launched. DENIED: nothing in this request
    is permitted. GONE: the function that claimed the request ended before it sent it.
    """

    THROTTLED = "THROTTLED"
    QUOTA = "QUOTA"
    UNREACHABLE = "UNREACHABLE"
    CONFLICT = "CONFLICT"
    NOT_READY = "NOT_READY"
    INVALID = "INVALID"
    DENIED = "DENIED"
    GONE = "GONE"


FOR_ONE_SERVER = frozenset({RefusalKind.CONFLICT, RefusalKind.INVALID})
"""A single server of the request may be the cause; without it, AWS may accept the others."""

CAN_SUCCEED_LATER = frozenset(RefusalKind) - {RefusalKind.INVALID, RefusalKind.DENIED}
"""The same request may be accepted later, without any change to it."""

STOPS_A_PLACE = frozenset({RefusalKind.THROTTLED, RefusalKind.QUOTA, RefusalKind.UNREACHABLE, RefusalKind.DENIED})
"""The next request to the same account and Region would be refused too."""


class Attempt(msgspec.Struct, Generic[T], frozen=True):
    """One request: done with a ``result``, refused and certainly not done, or unknown.

    An unknown request may have been carried out. ``reason`` says why it was refused, or why its outcome is unknown.
    ``retry_after_seconds`` is the pause that AWS names when it throttles.
    """

    result: T | None = None
    refusal: RefusalKind | None = None
    reason: str = ""
    retry_after_seconds: float = 0.0

    @property
    def is_unknown(self) -> bool:
        """Whether the request may have been carried out; check AWS before you repeat it."""
        return self.result is None and self.refusal is None

    @staticmethod
    def done(result: T) -> "Attempt[T]":
        return Attempt(result=result)

    @staticmethod
    def refused(kind: RefusalKind, reason: str, *, retry_after_seconds: float = 0.0) -> "Attempt[Any]":
        return Attempt(refusal=kind, reason=reason, retry_after_seconds=retry_after_seconds)

    @staticmethod
    def unknown(reason: str) -> "Attempt[Any]":
        return Attempt(reason=reason)
