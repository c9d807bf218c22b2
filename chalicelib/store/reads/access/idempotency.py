"""Reads which record an earlier request with the same idempotency key has created."""

from datetime import UTC, datetime

from ....domain.access.idempotency import KeyUse, RequestKey, earlier_record
from ...tables.configuration import UniqueNameItem


def find_earlier(key: RequestKey | None, now: datetime) -> str | None:
    """The id of the record that the same request created before, read consistently, or None.

    Raises StateConflict when the key was used by another request.
    """
    return earlier_record(key, _find_use(key), now) if key else None


def _find_use(key: RequestKey) -> KeyUse | None:
    """The use of a key, read with GetItem, the only read that the execution side has on this table."""
    try:
        item = UniqueNameItem.get(key.scope, key.name, consistent_read=True)
    except UniqueNameItem.DoesNotExist:
        return None
    return KeyUse(item.holder, item.fingerprint, datetime.fromtimestamp(item.expires_at, UTC))
