"""What DynamoDB refuses in keys of tables and indexes, and in the values of items."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.dynamodb.refusals import Refused
from local.dynamodb.values import Item, order

_LARGEST_KEY_BYTES = (2048, 1024)


@dataclass(frozen=True)
class Schema:
    """The keys of a table and of its indexes (partition key, then sort key), and the type of each.

    ``projected`` are the further attributes of each index, None for all; ``local`` the names of local indexes.
    """

    keys: tuple[str, ...]
    indexes: Mapping[str, tuple[str, ...]]
    types: Mapping[str, str]
    projected: Mapping[str, tuple[str, ...] | None]
    local: frozenset[str]

    def index(self, name: str | None) -> tuple[str, ...]:
        """The keys of an index; without a name those of the table."""
        if name is None:
            return self.keys
        if name not in self.indexes:
            raise Refused(f"The table does not have the specified index: {name}")
        return self.indexes[name]


def check_key(schema: Schema, key: Item) -> None:
    """Raises Refused unless these are the table's key attributes, none of them empty."""
    if key.keys() != set(schema.keys):
        raise Refused("The provided key element does not match the schema")
    for name in schema.keys:
        check_not_empty(name, key[name])


def check_item(schema: Schema, item: Item) -> None:
    """Raises Refused unless the item has the table's keys, and no key of the table or an index is empty."""
    for name in schema.keys:
        if name not in item:
            raise Refused(f"One or more parameter values were invalid: Missing the key {name} in the item")
    for name in schema.types.keys() & item.keys():
        check_not_empty(name, item[name])


def key_problem(schema: Schema, values: Item) -> str | None:
    """What is wrong with types and sizes of the key and index key attributes among these values."""
    for name, largest in zip(schema.keys, _LARGEST_KEY_BYTES, strict=False):
        [(kind, value)] = values[name].items()
        if kind != schema.types[name]:
            return f"Type mismatch for key {name} expected: {schema.types[name]} actual: {kind}"
        if kind == "S" and len(value.encode()) > largest:
            return f"Size of key {name} has exceeded the maximum size limit of {largest} bytes"
    for index, keys in schema.indexes.items():
        for name, largest in zip(keys, _LARGEST_KEY_BYTES, strict=False):
            [(given, value)] = values[name].items() if name in values else [(schema.types[name], "")]
            if given != schema.types[name]:
                return (
                    f"Type mismatch for Index Key {name} Expected: {schema.types[name]} Actual: {given} Index: {index}"
                )
            if given == "S" and len(value.encode()) > largest:
                return f"Size of key {name} of index {index} has exceeded the maximum size limit of {largest} bytes"
    return None


def identity(schema: Schema, values: Item) -> tuple[Any, ...]:
    """What makes two keys of a table the same."""
    return tuple(order(values[name]) for name in schema.keys)


def check_not_empty(name: str, value: Mapping[str, Any]) -> None:
    if value in ({"S": ""}, {"B": ""}):
        raise Refused(
            "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an "
            f"empty string value. Key: {name}"
        )
