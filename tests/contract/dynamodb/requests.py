"""Short ways to write DynamoDB requests: (operation, arguments)."""

from typing import Any

from tests.contract.dynamodb.conftest import TABLE

Request = tuple[str, dict[str, Any]]


def text(value: str) -> dict[str, str]:
    return {"S": value}


def number(value: int) -> dict[str, str]:
    return {"N": str(value)}


def key(identifier: str = "a", place: str = "x") -> dict[str, Any]:
    return {"id": text(identifier), "place": text(place)}


def names(**placeholders: str) -> dict[str, Any]:
    return {"ExpressionAttributeNames": {f"#{name}": attribute for name, attribute in placeholders.items()}}


def values(**placeholders: Any) -> dict[str, Any]:
    given = {f":{name}": text(value) if isinstance(value, str) else value for name, value in placeholders.items()}
    return {"ExpressionAttributeValues": given}


def where(condition: str, **more: Any) -> dict[str, Any]:
    return {"ConditionExpression": condition, **more}


def put(item: dict[str, Any] | None = None, **more: Any) -> Request:
    return "PutItem", {"TableName": TABLE, "Item": item or key(), **more}


def update(expression: str, of: dict[str, Any] | None = None, **more: Any) -> Request:
    return "UpdateItem", {"TableName": TABLE, "Key": of or key(), "UpdateExpression": expression, **more}


def delete(of: dict[str, Any] | None = None, **more: Any) -> Request:
    return "DeleteItem", {"TableName": TABLE, "Key": of or key(), **more}


def get(of: dict[str, Any] | None = None, **more: Any) -> Request:
    return "GetItem", {"TableName": TABLE, "Key": of or key(), **more}


def query(condition: str, **more: Any) -> Request:
    return "Query", {"TableName": TABLE, "KeyConditionExpression": condition, **more}


def scan(**more: Any) -> Request:
    return "Scan", {"TableName": TABLE, **more}


def check(condition: str, of: dict[str, Any] | None = None, **more: Any) -> Request:
    """A condition check, which is allowed only in transactions."""
    return "ConditionCheck", {"TableName": TABLE, "Key": of or key(), "ConditionExpression": condition, **more}


_ENTRIES = {"PutItem": "Put", "UpdateItem": "Update", "DeleteItem": "Delete", "GetItem": "Get"}


def transaction(*requests: Request) -> Request:
    """Makes one transaction of the requests, which are all reads or all writes."""
    entries = [{_ENTRIES.get(operation, operation): arguments} for operation, arguments in requests]
    reads = bool(requests) and requests[0][0] == "GetItem"
    return "TransactGetItems" if reads else "TransactWriteItems", {"TransactItems": entries}


def write_batch(*requests: Request) -> Request:
    entries = [
        {"PutRequest": {"Item": arguments["Item"]}}
        if operation == "PutItem"
        else {"DeleteRequest": {"Key": arguments["Key"]}}
        for operation, arguments in requests
    ]
    return "BatchWriteItem", {"RequestItems": {TABLE: entries}}


def read_batch(*keys: dict[str, Any], **more: Any) -> Request:
    return "BatchGetItem", {"RequestItems": {TABLE: {"Keys": list(keys), **more}}}
