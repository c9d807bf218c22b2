"""What DynamoDB refuses in queries and scans: conditions and start keys of another table or index."""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from local.dynamodb.expressions import Words
from local.dynamodb.keys import Item, Schema, check_not_empty
from local.dynamodb.refusals import Refused

_VALUE = re.compile(r":\w+")
_CONDITIONS = (
    re.compile(r"(?P<name>[#\w]+)\s*(?P<operator><=|>=|=|<|>)\s*:\w+"),
    re.compile(r"(?P<operator>begins_with)\s*\(\s*(?P<name>[#\w]+)\s*,\s*:\w+"),
    re.compile(r"(?P<name>[#\w]+)\s+(?P<operator>BETWEEN)\s+:\w+\s+AND\s+:\w+", re.IGNORECASE),
)


def check_query(schema: Schema, params: Mapping[str, Any]) -> None:
    """Raises Refused for what is wrong with a query of this table, apart from its placeholders and words."""
    keys = schema.index(params.get("IndexName"))
    values = params.get("ExpressionAttributeValues") or {}
    partition = None
    for name, operator, operands in conditions_of(params):
        given = [values[operand] for operand in operands]
        for value in given:
            if name in schema.types and next(iter(value)) != schema.types[name]:
                raise Refused(
                    "One or more parameter values were invalid: Condition parameter type does not match schema type"
                )
        if operator.upper() == "BETWEEN" and _order(given[0]) > _order(given[1]):
            raise Refused(
                "Invalid KeyConditionExpression: The BETWEEN operator requires upper bound to be greater than or equal "
                "to lower bound"
            )
        if name == keys[0]:
            partition = given[0]
    _check_filter(keys, params)
    check_pages(schema, params)
    start = params.get("ExclusiveStartKey")
    if start is not None and partition is not None and start[keys[0]] != partition:
        raise Refused("The provided starting key is outside query boundaries based on provided conditions")


def check_pages(schema: Schema, params: Mapping[str, Any]) -> None:
    """Raises Refused for a limit or a start key that no page of this table or index can have."""
    if params.get("Limit", 1) < 1:
        raise Refused("Limit must be greater than or equal to 1")
    start: Item | None = params.get("ExclusiveStartKey")
    if start is None:
        return
    wanted = {*schema.keys, *schema.index(params.get("IndexName"))}
    fits = start.keys() == wanted and all(next(iter(start[name])) == schema.types[name] for name in wanted)
    if not fits:
        raise Refused("The provided starting key is invalid: The provided key element does not match the schema")
    for name in wanted:
        check_not_empty(name, start[name])


def conditions_of(params: Mapping[str, Any]) -> Iterator[tuple[str, str, list[str]]]:
    """(attribute, operator, value placeholders) of each condition on a key."""
    names = params.get("ExpressionAttributeNames") or {}
    for pattern in _CONDITIONS:
        for match in pattern.finditer(params.get("KeyConditionExpression", "")):
            name = str(match["name"])
            yield names.get(name, name), str(match["operator"]), _VALUE.findall(match[0])


def _check_filter(keys: tuple[str, ...], params: Mapping[str, Any]) -> None:
    words = Words.of(params.get("FilterExpression", ""))
    names = params.get("ExpressionAttributeNames") or {}
    for name in sorted(words.attributes | {names[word] for word in words.names}):
        if name in keys:
            raise Refused(
                "Filter Expression can only contain non-primary key attributes: Primary key attribute: " + name
            )


def _order(value: Mapping[str, Any]) -> Any:
    [(kind, content)] = value.items()
    return Decimal(content) if kind == "N" else content.encode()
