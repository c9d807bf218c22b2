"""Idempotency keys of creating commands: the same key and request lead to the same record, never to a second one."""

import hashlib
from typing import Any

import msgspec

from ..domain.errors import FieldProblem, StateConflict
from ..domain.names import idempotency_scope
from ..store.reads.names import find_holder
from ..store.writes.names import Claim

MAX_KEY_CHARACTERS = 128


def key_problems(key: str) -> list[FieldProblem]:
    """Keys have at most 128 printable ASCII characters; the empty one means that there is none."""
    if len(key) <= MAX_KEY_CHARACTERS and key.isascii() and (key.isprintable() or not key):
        return []
    return [FieldProblem("idempotencyKey", f"must have at most {MAX_KEY_CHARACTERS} printable ASCII characters")]


def claim_of_key(operation: str, key: str, request: Any, record_id: str) -> Claim | None:
    """What a create must claim with its record; None without a key."""
    if not key:
        return None
    return Claim(idempotency_scope(operation), key, f"{record_id}#{_fingerprint(request)}")


def find_earlier(operation: str, key: str, request: Any) -> str | None:
    """The id of the record that an earlier call with this key made; None when there was none.

    Raises StateConflict when that call asked for something else.
    """
    holder = find_holder(idempotency_scope(operation), key) if key else None
    if holder is None:
        return None
    record_id, _, fingerprint = holder.rpartition("#")
    if fingerprint != _fingerprint(request):
        message = f"The idempotency key was used before, by a request with other content, which made {record_id}."
        raise StateConflict(f"{message} Use a new key.", recordId=record_id)
    return record_id


def gone(record_id: str) -> StateConflict:
    """What a key leads to whose record was deleted since."""
    message = f"The idempotency key was used before; what it made ({record_id}) has been deleted since. Use a new key."
    return StateConflict(message, recordId=record_id)


def _fingerprint(request: Any) -> str:
    content = msgspec.to_builtins(request)
    return hashlib.sha256(msgspec.json.encode(content, order="deterministic")).hexdigest()[:32]
