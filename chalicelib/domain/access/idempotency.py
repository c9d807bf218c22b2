"""Idempotency keys: the same request with the same key leads to the same record, and never to a second one.

A key belongs to one operation and one caller for seven days, and remembers which request used it.
"""

import hashlib
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

import msgspec

from ..errors import FieldProblem, StateConflict
from .context import CallContext

KEY_HEADER = "Idempotency-Key"
REPLAYED_HEADER = "Idempotent-Replayed"
MAX_KEY_CHARACTERS = 128
KEY_LIFE = timedelta(days=7)

T = TypeVar("T")


class RequestKey(msgspec.Struct, frozen=True):
    """A key as one caller gave it for one operation, with the fingerprint of what the request asks for."""

    operation: str
    owner: str
    key: str
    fingerprint: str

    @property
    def scope(self) -> str:
        return f"idempotency#{self.operation}"

    @property
    def name(self) -> str:
        """Unique within the scope: ``owner`` has a fixed length."""
        return f"{self.owner}#{self.key}"


class KeyUse(msgspec.Struct, frozen=True):
    """The first use of a key: the record that it led to, and the fingerprint of its request."""

    record_id: str
    fingerprint: str
    expires_at: datetime


class Replayed(msgspec.Struct, Generic[T], frozen=True):
    """The answer to a request that had been carried out before: the record that it led to then."""

    record: T


def key_problems(key: str, field: str = "idempotencyKey") -> list[FieldProblem]:
    """A key has at most 128 characters, all printable ASCII; the empty key stands for none."""
    if len(key) <= MAX_KEY_CHARACTERS and key.isascii() and key.isprintable():
        return []
    return [FieldProblem(field, f"must have at most {MAX_KEY_CHARACTERS} characters, all printable ASCII")]


def request_key(operation: str, key: str, content: Any, call: CallContext) -> RequestKey | None:
    """The key of a request, None when it has none.

    ``content`` is all that decides what the request does, in one spelling; neither the key itself nor times and ids
    of this call.
    """
    return RequestKey(operation, _owner(call), key, _digest(content)) if key else None


def earlier_record(requested: RequestKey, used: KeyUse | None, now: datetime) -> str | None:
    """The id of the record that the same request made before; None when the key is free or its use has expired.

    Raises StateConflict when the key was used by another request.
    """
    if used is None or used.expires_at <= now:
        return None
    if used.fingerprint != requested.fingerprint:
        raise StateConflict(
            f"The idempotency key was used before by a different request, which led to {used.record_id}. "
            "Use a new key for this one.",
            recordId=used.record_id,
        )
    return used.record_id


def deleted_since(record_id: str) -> StateConflict:
    """The answer to a request whose record has been deleted since."""
    return StateConflict(
        f"This request was carried out before; its record ({record_id}) has been deleted since. "
        "Use a new idempotency key to carry it out again.",
        recordId=record_id,
    )


def _owner(call: CallContext) -> str:
    """Identifies the caller. A verified subject replaces the name here once calls carry one."""
    return _digest([call.mode, call.principal.type, call.principal.name])


def _digest(content: Any) -> str:
    plain = msgspec.to_builtins(content)
    return hashlib.sha256(msgspec.json.encode(plain, order="deterministic")).hexdigest()[:32]
