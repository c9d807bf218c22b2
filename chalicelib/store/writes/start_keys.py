"""Idempotency keys of starts: each belongs to one execution at a time."""

from pynamodb.expressions.condition import Condition

from ...domain.names import START_KEYS
from ...models.configuration import UniqueNameItem
from ..transactions import ConditionFailed, commit, committed


def claim_start_key(key: str, execution_id: str) -> str:
    """Reserves an idempotency key; returns the id of the execution that holds it, this one's or an earlier one's."""
    item = UniqueNameItem(scope=START_KEYS, name_key=key, holder=execution_id)
    try:
        commit(lambda transaction: transaction.save(item, condition=UniqueNameItem.name_key.does_not_exist()))
    except ConditionFailed:
        return str(UniqueNameItem.get(START_KEYS, key, consistent_read=True).holder)
    return execution_id


def replace_start_key(key: str, holder: str, execution_id: str) -> bool:
    """Takes a key over from a start that never came to be; False when somebody was faster."""
    item = UniqueNameItem(scope=START_KEYS, name_key=key, holder=execution_id)
    return committed(lambda transaction: transaction.save(item, condition=_key_is_held_by(holder)))


def release_start_key(key: str, execution_id: str) -> None:
    """Frees the key of a start that failed, so that it can be tried again."""
    item = UniqueNameItem(scope=START_KEYS, name_key=key, holder=execution_id)
    committed(lambda transaction: transaction.delete(item, condition=_key_is_held_by(execution_id)))


def _key_is_held_by(holder: str) -> Condition:
    return UniqueNameItem.holder == holder
