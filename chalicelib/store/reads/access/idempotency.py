"""Which record a request with an idempotency key has led to before."""

from datetime import UTC, datetime

from ....domain.access.idempotency import KeyUse, RequestKey, earlier_record
from ...tables.configuration import UniqueNameItem


def find_earlier(key: RequestKey | None, now: datetime) -> str | None:
    """The id of the record that the same request made before, read consistently; None when there is none.

    Raises StateConflict when the key was used by another request.
    """
    return earlier_record(key, _find_use(key), now) if key else None


def _find_use(key: RequestKey) -> KeyUse | None:
    """One item by itself: the execution side's right to read this table covers nothing else."""
    try:
        item = UniqueNameItem.get(key.scope, key.name, consistent_read=True)
    except UniqueNameItem.DoesNotExist:
        return None
    return KeyUse(item.holder, item.fingerprint, datetime.fromtimestamp(item.expires_at, UTC))
