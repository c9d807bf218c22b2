"""Claims and releases names that may exist only once, in the transaction of the record that has the name."""

from pynamodb.expressions.condition import Condition

from ...tables.configuration import UniqueNameItem
from ...transactions import Write

NAME = "name"
"""Labels the claim of a name, which fails when the name is taken."""


def claim_name(scope: str, key: str, holder: str) -> Write:
    """Claims a name that must be free; ``NAME`` labels the condition."""
    item = UniqueNameItem(scope=scope, name_key=key, holder=holder)
    return lambda transaction: transaction.save(item, condition=_name_is_free(), label=NAME)


def release_name(scope: str, key: str, holder: str) -> Write:
    """Releases a name. It may be free already, but must not have another holder."""
    item = UniqueNameItem(scope=scope, name_key=key)
    return lambda transaction: transaction.delete(item, condition=_name_is_ours(holder))


def _name_is_free() -> Condition:
    return UniqueNameItem.name_key.does_not_exist()


def _name_is_ours(holder: str) -> Condition:
    condition: Condition = UniqueNameItem.name_key.does_not_exist() | (UniqueNameItem.holder == holder)
    return condition
