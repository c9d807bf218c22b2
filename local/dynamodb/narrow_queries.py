"""Lets moto's queries look only at what their page can hold; by itself moto looks through and sorts the whole table.

moto still makes the query. It is given a table with the items of the partition, and of these only those around the
page, except in a query of an index that has a condition on the sort key. Comparing and measuring text, which most
values are, no longer tries the other types first.
"""

import copy
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from moto.dynamodb.comparisons import get_comparison_func
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import Table
from moto.dynamodb.models.utilities import bytesize

Partition = Mapping[DynamoType, Item]

_TEXT = "S"
_SCALARS = frozenset({"S", "N", "B", "BOOL", "NULL"})
_OPTIONS = frozenset({"hash_key_conditions", "range_key_conditions"})
_BEYOND_A_PAGE = 3
"""One item on each side of what the conditions find, and one by which moto sees that another page follows."""

_query: Any = Table.query
_cast_value: Any = vars(DynamoType)["cast_value"]
_measure = DynamoType.size
_deepcopy = DynamoType.__deepcopy__


def narrow_queries() -> None:
    """From now on, for the whole process. Safe to repeat."""
    table: Any = Table
    table.query = _narrowed_query
    value: Any = DynamoType
    value.cast_value = property(_cast)
    value.size = _size
    value.__deepcopy__ = _copied


def _narrowed_query(  # noqa: PLR0913, PLR0917 — moto's own parameters
    self: Table,
    hash_key: DynamoType | None,
    comparison: str | None,
    operands: list[DynamoType],
    limit: int | None,
    start: Any,
    forward: bool,
    projections: Any,
    index_name: str | None = None,
    *others: Any,
    **options: Any,
) -> Any:
    narrowed = copy.copy(self)
    if options.keys() <= _OPTIONS and hash_key is not None:
        if index_name is not None:
            found = _with_keys(self, options.get("hash_key_conditions") or [])
            name = _sort_key(self, index_name)
            if name and limit is not None and not comparison:
                found = _around_page(found, name, start and start.get(name), limit, forward=forward)
            vars(narrowed)["items"] = found
        elif self.has_range_key:
            partition: Partition = self.items.get(hash_key, {})
            keys = _met(sorted(partition, key=_cast), comparison, operands)
            page = _page(keys, start and start.get(str(self.range_key_attr)), limit, forward=forward)
            vars(narrowed)["items"] = {hash_key: {key: partition[key] for key in page}}
    return _query(
        narrowed,
        hash_key,
        comparison,
        operands,
        limit,
        start,
        forward,
        projections,
        index_name,
        *others,
        **options,
    )


def _met(keys: list[DynamoType], comparison: str | None, operands: Sequence[DynamoType]) -> list[DynamoType]:
    """The sort keys that a comparison holds for, which are one unbroken range, and the one on each side of them.

    By what follows the range moto distinguishes a page that ends with it from the last page.
    """
    if not comparison:
        return keys
    holds = get_comparison_func(comparison)
    values = [_cast(operand) for operand in operands]
    met = [place for place, key in enumerate(keys) if holds(_cast(key), *values)]
    return keys[max(0, met[0] - 1) : met[-1] + 2] if met else []


def _page(
    keys: list[DynamoType], start: Mapping[str, Any] | None, limit: int | None, *, forward: bool
) -> list[DynamoType]:
    """The sort keys that the page after ``start`` can have."""
    if start is not None:
        last = _cast(DynamoType(dict(start)))
        keys = [key for key in keys if (_cast(key) > last if forward else _cast(key) < last)]
    if limit is None:
        return keys
    return keys[: limit + _BEYOND_A_PAGE] if forward else keys[-(limit + _BEYOND_A_PAGE) :]


def _with_keys(table: Table, conditions: Sequence[tuple[str, DynamoType]]) -> dict[Any, Any]:
    """The items of a table, in moto's own order, that have these values."""
    if not table.has_range_key:
        items: Mapping[DynamoType, Any] = table.items
        return {key: item for key, item in items.items() if _has(item, conditions)}
    partitions: Mapping[DynamoType, Any] = table.items
    found = {}
    for hash_key, partition in partitions.items():
        met = {key: item for key, item in partition.items() if _has(item, conditions)}
        if met:
            found[hash_key] = met
    return found


def _sort_key(table: Table, index_name: str) -> str:
    """The sort key of an index; empty if it has none."""
    keys = table.get_index(index_name).schema
    return next((str(key["AttributeName"]) for key in keys if key["KeyType"] == "RANGE"), "")


def _around_page(
    found: dict[Any, Any], name: str, start: Mapping[str, Any] | None, limit: int, *, forward: bool
) -> dict[Any, Any]:
    """Those of the items that the page after ``start`` can have, with all that share the sort key of its last."""

    def is_ahead(value: Any, of: Any) -> bool:
        return bool(value >= of if forward else value <= of)

    each = [(hash_key, range_key, item, item.attrs.get(name)) for hash_key, range_key, item in _items_of(found)]
    listed = [(_cast(value), *keys) for *keys, value in each if value is not None]
    if start is not None:
        last = _cast(DynamoType(dict(start)))
        listed = [entry for entry in listed if is_ahead(entry[0], last)]
        # The page begins behind one of the items that share the sort key of the last one.
        limit += sum(entry[0] == last for entry in listed)
    values = sorted((entry[0] for entry in listed), reverse=not forward)
    if len(values) > limit + _BEYOND_A_PAGE:
        end = values[limit + _BEYOND_A_PAGE]
        listed = [entry for entry in listed if is_ahead(end, entry[0])]
    around: dict[Any, Any] = {}
    for _, hash_key, range_key, item in listed:
        if range_key is None:
            around[hash_key] = item
        else:
            around.setdefault(hash_key, {})[range_key] = item
    return around


def _items_of(found: Mapping[Any, Any]) -> Iterator[tuple[Any, Any, Item]]:
    """The items by their keys; the sort key is None in a table without one."""
    for hash_key, held in found.items():
        if isinstance(held, Item):
            yield hash_key, None, held
        else:
            yield from ((hash_key, range_key, item) for range_key, item in held.items())


def _has(item: Item, conditions: Sequence[tuple[str, DynamoType]]) -> bool:
    for name, wanted in conditions:
        value = item.attrs.get(name)
        if value is None or value.type != wanted.type or _cast(value) != _cast(wanted):
            return False
    return True


def _cast(value: Any) -> Any:
    return value.value if value.type == _TEXT else _cast_value.fget(value)


def _size(self: Any) -> int:
    return bytesize(self.value) if self.type == _TEXT else _measure(self)


def _copied(self: Any, memo: dict[int, Any]) -> Any:
    """Scalars cannot contain themselves, so there is nothing to remember of them."""
    if self.type not in _SCALARS:
        return _deepcopy(self, memo)
    copied = DynamoType.__new__(DynamoType)
    copied.type, copied.value = self.type, self.value
    return copied
