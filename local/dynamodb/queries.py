"""What DynamoDB refuses in queries and scans: conditions and start keys of another table or index."""

from collections.abc import Mapping, Sequence
from typing import Any

from local.dynamodb.conditions import KeyCondition, check_bounds, key_conditions
from local.dynamodb.expressions import Words, names_of
from local.dynamodb.keys import Schema, check_not_empty
from local.dynamodb.refusals import Refused
from local.dynamodb.values import Item


def check_query(schema: Schema, params: Mapping[str, Any]) -> None:
    """Raises Refused for what is wrong with a query of this table, apart from its placeholders and words."""
    keys = schema.index(params.get("IndexName"))
    values = params.get("ExpressionAttributeValues") or {}
    partition = None
    for name, operator, operands in conditions_of(params):
        given = [values[operand] for operand in operands]
        for value in given:
            check_not_empty(name, value)
            if name in schema.types and next(iter(value)) != schema.types[name]:
                raise Refused(
                    "One or more parameter values were invalid: Condition parameter type does not match schema type"
                )
        if operator == "BETWEEN":
            check_bounds("KeyConditionExpression", *given)
        if operator == "begins_with" and schema.types.get(name) == "N":
            raise Refused(
                "Invalid KeyConditionExpression: Incorrect operand type for operator or function; operator or "
                "function: begins_with, operand type: N"
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


def conditions_of(params: Mapping[str, Any]) -> Sequence[KeyCondition]:
    """The conditions on keys. Raises Refused for what is none."""
    expression = params.get("KeyConditionExpression")
    return key_conditions(expression, names_of(params)) if expression is not None else ()


def _check_filter(keys: tuple[str, ...], params: Mapping[str, Any]) -> None:
    words = Words.of(params.get("FilterExpression", ""))
    names = params.get("ExpressionAttributeNames") or {}
    for name in sorted(words.attributes | {names[word] for word in words.names}):
        if name in keys:
            raise Refused(
                "Filter Expression can only contain non-primary key attributes: Primary key attribute: " + name
            )
