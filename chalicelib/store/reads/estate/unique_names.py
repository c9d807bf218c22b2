"""Reads the holders of names that may exist only once."""

from ...tables.configuration import UniqueNameItem


def find_holder(scope: str, key: str) -> str | None:
    """The holder of a name, read consistently; None when the name is free."""
    try:
        return UniqueNameItem.get(scope, key, consistent_read=True).holder
    except UniqueNameItem.DoesNotExist:
        return None


def list_keys(scope: str) -> list[str]:
    """All keys of a scope in order, for scopes that stay small, such as the target accounts."""
    return [item.name_key for item in UniqueNameItem.query(scope, consistent_read=True)]
