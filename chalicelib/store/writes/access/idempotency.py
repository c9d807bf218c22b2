"""Writes idempotency keys, each in the transaction that creates its record.

Keys expire. Names and registers share their table but never expire, so only keys have ``expires_at``.
"""

import math
from datetime import datetime

from pynamodb.expressions.condition import Condition

from ....domain.access.idempotency import KEY_LIFE, RequestKey
from ...tables.configuration import UniqueNameItem
from ...transactions import Write, committed


def claim_key(key: RequestKey, record_id: str, at: datetime) -> Write:
    """Records that the request creates this record, as part of the transaction that creates it."""
    item = UniqueNameItem(
        scope=key.scope,
        name_key=key.name,
        holder=record_id,
        fingerprint=key.fingerprint,
        expires_at=math.ceil((at + KEY_LIFE).timestamp()),
    )
    return lambda transaction: transaction.save(item, condition=_key_is_free(at))


def release_key(key: RequestKey, record_id: str) -> None:
    """Frees the key of a request that failed after its record was created, so that it can be repeated."""
    item = UniqueNameItem(scope=key.scope, name_key=key.name)
    committed(lambda transaction: transaction.delete(item, condition=_key_leads_to(record_id)))


def _key_is_free(at: datetime) -> Condition:
    """The key was never used, or has expired; DynamoDB removes expired items hours later."""
    free: Condition = UniqueNameItem.name_key.does_not_exist() | (UniqueNameItem.expires_at <= at.timestamp())
    return free


def _key_leads_to(record_id: str) -> Condition:
    return UniqueNameItem.holder == record_id
