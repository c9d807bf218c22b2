"""Reads the holders of things that may exist only once."""

from collections.abc import Iterable

from ....domain.estate.unique_claims import GROUP_USES, use_key
from ...tables.configuration import UniqueNameItem


def find_holder(scope: str, key: str) -> str | None:
    """The holder of a key, read consistently; None when the key is free."""
    return find_holders(scope, [key]).get(key)


def find_holders(scope: str, keys: Iterable[str]) -> dict[str, str]:
    """The holders of the keys that are taken, by key, read consistently; 100 keys a request."""
    wanted = [(scope, key) for key in dict.fromkeys(keys)]
    return {item.name_key: item.holder for item in UniqueNameItem.batch_get(wanted, consistent_read=True)}


def list_keys(scope: str) -> list[str]:
    """All keys of a scope in order, for scopes that stay small, such as the target accounts."""
    return [item.name_key for item in UniqueNameItem.query(scope, consistent_read=True)]


def find_uses(group_id: str) -> dict[str, str]:
    """Key and plan id of every recorded use of a group by a plan, read consistently."""
    uses = UniqueNameItem.query(
        GROUP_USES, UniqueNameItem.name_key.startswith(use_key(group_id, "")), consistent_read=True
    )
    return {item.name_key: item.holder for item in uses}
