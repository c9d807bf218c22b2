"""What DynamoDB refuses, request by request, before anything is looked up; keeps no state and changes nothing."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from local.dynamodb.expressions import check_expressions
from local.dynamodb.keys import Schema, check_item, check_key, identity, key_problem
from local.dynamodb.queries import check_pages, check_query
from local.dynamodb.refusals import Cancelled, Refused
from local.dynamodb.values import Item, size

SchemaOf = Callable[[str], Schema | None]
Part = Mapping[str, Any]

_MOST_IN_TRANSACTION = 100
_MOST_IN_BATCH_WRITE = 25
_MOST_IN_BATCH_GET = 100
_LARGEST_TRANSACTION_BYTES = 4 * 1024 * 1024
_LONGEST_TOKEN = 36


def check(operation: str, params: Mapping[str, Any], schema_of: SchemaOf) -> None:
    """Raises Refused when DynamoDB would refuse the request. ``schema_of`` knows a table by its name.

    A request to an unknown table is refused where the table is needed.
    """
    checks = _CHECKS.get(operation)
    if checks is not None:
        checks(params, schema_of)


def _check_one_item(params: Part, schema_of: SchemaOf) -> None:
    check_expressions(params)
    schema = schema_of(params["TableName"])
    if schema is not None:
        _check_keys(schema, params)
        _require(key_problem(schema, _named(params)))


def _check_query(params: Part, schema_of: SchemaOf) -> None:
    check_expressions(params)
    schema = schema_of(params["TableName"])
    if schema is not None:
        check_query(schema, params)


def _check_scan(params: Part, schema_of: SchemaOf) -> None:
    check_expressions(params)
    schema = schema_of(params["TableName"])
    if schema is not None:
        check_pages(schema, params)


def _check_transaction(params: Part, schema_of: SchemaOf) -> None:
    parts = _parts(params)
    if len(params.get("ClientRequestToken") or "") > _LONGEST_TOKEN:
        raise Refused("Member must have length less than or equal to 36 at 'clientRequestToken'")
    for part in parts:
        check_expressions(part)
    known = [(part, schema_of(part["TableName"])) for part in parts]
    for part, schema in known:
        if schema is not None:
            _check_keys(schema, part)
    _require_each_once(
        [(part["TableName"], schema, _named(part)) for part, schema in known if schema is not None],
        "Transaction request cannot include multiple operations on one item",
    )
    payload = sum(size(_named(part)) + size(part.get("ExpressionAttributeValues") or {}) for part in parts)
    if payload > _LARGEST_TRANSACTION_BYTES:
        raise Refused(f"Transaction payload size cannot exceed 4MB. Payload Size: {payload}")
    problems = [key_problem(schema, _named(part)) if schema is not None else None for part, schema in known]
    if any(problems):
        raise Cancelled([Refused(problem) if problem else None for problem in problems])


def _parts(params: Part) -> list[Part]:
    entries = params.get("TransactItems") or []
    if not 1 <= len(entries) <= _MOST_IN_TRANSACTION:
        raise Refused(
            "1 validation error detected: Value at 'transactItems' failed to satisfy constraint: Member must have "
            f"length from 1 to {_MOST_IN_TRANSACTION}; it has {len(entries)}"
        )
    for entry in entries:
        if len(entry) != 1:
            raise Refused("TransactItems can only contain one of Check, Put, Update or Delete")
    return [next(iter(entry.values())) for entry in entries]


def _check_batch_write(params: Part, schema_of: SchemaOf) -> None:
    requests = list(_batched(params))
    if len(requests) > _MOST_IN_BATCH_WRITE:
        raise Refused("Too many items requested for the BatchWriteItem call")
    parts = [(table, next(iter(request.values()))) for table, request in requests]
    _check_batch([(table, _named(part), part) for table, part in parts], schema_of)


def _check_batch_get(params: Part, schema_of: SchemaOf) -> None:
    for request in (params.get("RequestItems") or {}).values():
        check_expressions(request)
    keys = list(_batched(params))
    if len(keys) > _MOST_IN_BATCH_GET:
        raise Refused("Too many items requested for the BatchGetItem call")
    _check_batch([(table, key, {"Key": key}) for table, key in keys], schema_of)


def _batched(params: Part) -> Iterator[tuple[str, Any]]:
    """(table, request or key) of a batch."""
    tables = params.get("RequestItems") or {}
    if not tables:
        raise Refused("The batch must have at least one request")
    for table, given in tables.items():
        requests = given["Keys"] if isinstance(given, Mapping) else given
        if not requests:
            raise Refused(f"The batch request list for a table cannot be null or empty: {table}")
        for request in requests:
            yield table, request


def _check_batch(parts: Sequence[tuple[str, Item, Part]], schema_of: SchemaOf) -> None:
    known = []
    for table, values, part in parts:
        schema = schema_of(table)
        if schema is not None:
            _check_keys(schema, part)
            _require(key_problem(schema, values))
            known.append((table, schema, values))
    _require_each_once(known, "Provided list of item keys contains duplicates")


def _check_keys(schema: Schema, part: Part) -> None:
    if "Item" in part:
        check_item(schema, part["Item"])
    else:
        check_key(schema, part["Key"])


def _named(part: Part) -> Item:
    """The item that is put, or the key of the one that is meant."""
    named: Item = part["Item"] if "Item" in part else part["Key"]
    return named


def _require(problem: str | None) -> None:
    if problem:
        raise Refused(f"One or more parameter values were invalid: {problem}")


def _require_each_once(items: Sequence[tuple[str, Schema, Item]], message: str) -> None:
    seen = {(table, identity(schema, values)) for table, schema, values in items}
    if len(seen) < len(items):
        raise Refused(message)


_CHECKS: Mapping[str, Callable[[Part, SchemaOf], None]] = {
    "PutItem": _check_one_item,
    "GetItem": _check_one_item,
    "UpdateItem": _check_one_item,
    "DeleteItem": _check_one_item,
    "Query": _check_query,
    "Scan": _check_scan,
    "TransactWriteItems": _check_transaction,
    "TransactGetItems": _check_transaction,
    "BatchWriteItem": _check_batch_write,
    "BatchGetItem": _check_batch_get,
}
