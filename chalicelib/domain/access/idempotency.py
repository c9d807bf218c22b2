"""Idempotency keys: a repeated request with the same key returns the first record, never a second.

A key belongs to one operation and one caller for seven days. It is stored with a fingerprint of its request.
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
    """A key that one caller gave for one operation, with a fingerprint of the request."""

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
    """The first use of a key: the record that it created, and the fingerprint of its request."""

    record_id: str
    fingerprint: str
    expires_at: datetime


class Replayed(msgspec.Struct, Generic[T], frozen=True):
    """The answer to a repeated request: the record that the first request created."""

    record: T


def key_problems(key: str, field: str = "idempotencyKey") -> list[FieldProblem]:
    """A key has at most 128 characters, all printable ASCII; an empty key means no key."""
    if len(key) <= MAX_KEY_CHARACTERS and key.isascii() and key.isprintable():
        return []
    return [FieldProblem(field, f"must have at most {MAX_KEY_CHARACTERS} characters, all printable ASCII")]


def request_key(operation: str, key: str, content: Any, call: CallContext) -> RequestKey | None:
    """The key of a request; None if it has none.

    ``content`` is everything that decides what the request does, in one normalised form. It contains neither the key
    itself nor times or ids of this call.
    """
    return RequestKey(operation, _owner(call), key, _digest(content)) if key else None


def earlier_record(requested: RequestKey, used: KeyUse | None, now: datetime) -> str | None:
    """The id of the record that the same request created; None if the key is free or has expired.

    Raises StateConflict if a different request used the key.
    """
    if used is None or used.expires_at <= now:
        return None
    if used.fingerprint != requested.fingerprint:
        raise StateConflict(
            f"A different request already used this idempotency key and created {used.record_id}. "
            "Use a new key for this request.",
            recordId=used.record_id,
        )
    return used.record_id


def deleted_since(record_id: str) -> StateConflict:
    """The error for a repeated request whose record has since been deleted."""
    return StateConflict(
        f"This request was already carried out, and its record ({record_id}) has since been deleted. "
        "Use a new idempotency key to carry it out again.",
        recordId=record_id,
    )


def _owner(call: CallContext) -> str:
    """Identifies the caller: a verified person by subject, whatever the name is now, and all others by name."""
    return _digest([call.mode, call.principal.type, call.principal.person or call.principal.name])


def _digest(content: Any) -> str:
    plain = msgspec.to_builtins(content)
    return hashlib.sha256(msgspec.json.encode(plain, order="deterministic")).hexdigest()[:32]
