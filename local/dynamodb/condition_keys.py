"""What IAM's condition keys for DynamoDB see of a request: the partition keys and the attributes that it names.

Source: Amazon DynamoDB developer guide, "Using IAM policy conditions for fine-grained access control". A read without a
projection names only the attributes of its keys and conditions, although the answer has all of them.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from local.dynamodb.expressions import EXPRESSIONS, Words
from local.dynamodb.queries import conditions_of
from local.dynamodb.refusals import Refused

Part = Mapping[str, Any]
"""A request, or one entry of a transaction or batch."""


def leading_keys(part: Part, partition_key: str | None) -> tuple[str, ...]:
    """The values of the partition key, whose name is ``partition_key``, for ``dynamodb:LeadingKeys``."""
    named = [item.get(partition_key or "", {}) for item in _items(part)]
    values = part.get("ExpressionAttributeValues") or {}
    with suppress(Refused):  # an expression that is wrong is refused later
        for name, operator, operands in conditions_of(part):
            if name == partition_key and operator == "=":
                named += [values.get(operand, {}) for operand in operands]
    return tuple(
        dict.fromkeys(str(content) for value in named if isinstance(value, dict) for content in value.values())
    )


def attributes(part: Part) -> tuple[str, ...]:
    """The top-level attributes for ``dynamodb:Attributes``."""
    names = part.get("ExpressionAttributeNames") or {}
    found = [name for item in _items(part) for name in item]
    for expression in EXPRESSIONS:
        words = Words.of(part.get(expression) or "")
        found += [*words.attributes, *(names.get(word, word) for word in words.names)]
    return tuple(dict.fromkeys(found))


def batch_parts(operation: str, requested: Mapping[str, Any]) -> Iterable[tuple[str, Part]]:
    """(table, part) of what a batch reads or writes."""
    for table, entry in requested.items():
        if operation == "BatchGetItem":
            yield table, entry
        else:
            yield table, {"Keys": [_written(write) for write in entry]}


def _written(write: Mapping[str, Any]) -> Mapping[str, Any]:
    put, delete = write.get("PutRequest", {}), write.get("DeleteRequest", {})
    item: Mapping[str, Any] = put.get("Item") or delete.get("Key") or {}
    return item


def _items(part: Part) -> Sequence[Mapping[str, Any]]:
    """Items and keys of a part; a query's start key belongs to the partition that its condition names."""
    alone = part.get("Item") or part.get("Key")
    return [*([alone] if alone else []), *part.get("Keys", [])]
