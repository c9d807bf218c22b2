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


def list_holders(scope: str) -> dict[str, str]:
    """The holders of all names of a scope by key, read consistently. Costs one query, with about 1 MB a page."""
    items = UniqueNameItem.query(scope, consistent_read=True)
    return {item.name_key: item.holder for item in items if item.holder}
