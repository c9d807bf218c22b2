"""What DynamoDB refuses in keys of tables and indexes, and in the values of items."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.dynamodb.refusals import Refused

_LARGEST_KEY_BYTES = (2048, 1024)
_SETS = {"SS": "string", "NS": "number", "BS": "binary"}

Item = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Schema:
    """The keys of a table and of its indexes (partition key, then sort key), and the type of each."""

    keys: tuple[str, ...]
    indexes: Mapping[str, tuple[str, ...]]
    types: Mapping[str, str]

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
    """Raises Refused unless the item has the table's keys, and no empty set. Empty keys are refused by moto."""
    for name in schema.keys:
        if name not in item:
            raise Refused(f"One or more parameter values were invalid: Missing the key {name} in the item")
    for value in item.values():
        check_sets(value)


def key_problem(schema: Schema, values: Item) -> str | None:
    """What is wrong with types and sizes of the key and index key attributes among these values."""
    for name, largest in zip(schema.keys, _LARGEST_KEY_BYTES, strict=False):
        [(kind, value)] = values[name].items()
        if kind != schema.types[name]:
            return f"Type mismatch for key {name} expected: {schema.types[name]} actual: {kind}"
        if kind == "S" and len(value.encode()) > largest:
            return f"Size of key {name} has exceeded the maximum size limit of {largest} bytes"
    for index, keys in schema.indexes.items():
        for name in keys:
            given = next(iter(values[name])) if name in values else schema.types[name]
            if given != schema.types[name]:
                return (
                    f"Type mismatch for Index Key {name} Expected: {schema.types[name]} Actual: {given} Index: {index}"
                )
    return None


def identity(schema: Schema, values: Item) -> str:
    """What makes two keys of a table the same."""
    return repr([sorted(values[name].items()) for name in schema.keys])


def check_not_empty(name: str, value: Mapping[str, Any]) -> None:
    if value in ({"S": ""}, {"B": ""}):
        raise Refused(
            "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an "
            f"empty string value. Key: {name}"
        )


def check_sets(value: Mapping[str, Any]) -> None:
    """Raises Refused for a set that is empty or holds a value twice, however deep in the value."""
    for kind, content in value.items():
        if kind == "M":
            for inner in content.values():
                check_sets(inner)
        elif kind == "L":
            for inner in content:
                check_sets(inner)
        elif kind in _SETS and not content:
            raise Refused(f"One or more parameter values were invalid: An {_SETS[kind]} set  may not be empty")
        elif kind in _SETS and len(set(content)) < len(content):
            raise Refused("One or more parameter values were invalid: Input collection contains duplicates")


def size(values: Item) -> int:
    """The bytes of attributes and their names, about as DynamoDB counts them."""
    return sum(len(name.encode()) + _size_of(value) for name, value in values.items())


def _size_of(value: Mapping[str, Any]) -> int:
    [(kind, content)] = value.items()
    if kind == "M":
        return 3 + size(content) + len(content)
    if kind == "L":
        return 3 + sum(1 + _size_of(inner) for inner in content)
    if kind in _SETS:
        return sum(len(inner.encode()) for inner in content)
    return len(content.encode()) if isinstance(content, str) else 1
