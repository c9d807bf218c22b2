"""Adds up the cost of the DynamoDB calls that the product's functions make in this process."""

import contextvars
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import botocore.session

from benchmarks.dynamodb_units import (
    Cost,
    Item,
    item_size,
    read_units_by_key,
    read_units_of_query,
    write_units,
)
from local.invocation import current_invocation

_CONTEXT_KEY = "benchmarks_metered"
_WRITES = {"PutItem": "Put", "UpdateItem": "Update", "DeleteItem": "Delete"}


class Meter:
    """Adds up the calls of functions; calls of this program and of the local cloud do not count.

    `look` is a DynamoDB client of the local cloud, set when that runs: it reads the sizes of items, and
    nothing is counted before.
    """

    def __init__(self) -> None:
        self.look: Any = None
        self._lock = threading.Lock()
        self._total = Cost()
        self._operations: list[str] = []
        self._keys_of_indexes: dict[str, list[set[str]]] = {}

    def take(self) -> tuple[Cost, list[str]]:
        """Returns the cost since the last call of this method, and the names of the DynamoDB calls in order."""
        with self._lock:
            taken = self._total, self._operations
            self._total, self._operations = Cost(), []
        return taken

    @contextmanager
    def attached(self) -> Iterator["Meter"]:
        """A context in which every DynamoDB client made in this process is metered."""
        session: Any = botocore.session.Session
        create_client = session.create_client

        def create_metered_client(self_: Any, *args: Any, **options: Any) -> Any:
            client = create_client(self_, *args, **options)
            client.meta.events.register("provide-client-params.dynamodb", self._before)
            client.meta.events.register("after-call.dynamodb", self._after)
            return client

        session.create_client = create_metered_client
        try:
            yield self
        finally:
            session.create_client = create_client

    def _before(self, params: Mapping[str, Any], model: Any, context: dict[str, Any], **_: Any) -> None:
        if current_invocation() is None or self.look is None:
            return
        sizes = [self._size_there(table, key) for table, _, key in _items_written(model.name, params)]
        context[_CONTEXT_KEY] = (params, sizes)

    def _after(self, parsed: Mapping[str, Any], model: Any, context: Mapping[str, Any], **_: Any) -> None:
        if _CONTEXT_KEY not in context:
            return
        params, before = context[_CONTEXT_KEY]
        cost = Cost(calls=1) + self._reads(model.name, params, parsed) + self._writes(model.name, params, before)
        with self._lock:
            self._total += cost
            self._operations.append(model.name)

    def _reads(self, operation: str, params: Mapping[str, Any], answer: Mapping[str, Any]) -> Cost:
        consistent = bool(params.get("ConsistentRead"))
        units = 0.0
        match operation:
            case "GetItem":
                units = read_units_by_key([item_size(answer.get("Item", {}))], consistent=consistent)
            case "Query" | "Scan":
                sizes = [item_size(item) for item in answer.get("Items", [])]
                units = read_units_of_query(sizes, scanned=answer.get("ScannedCount", 0), consistent=consistent)
            case "BatchGetItem":
                for table, requested in params["RequestItems"].items():
                    found = [item_size(item) for item in answer.get("Responses", {}).get(table, [])]
                    sizes = [*found, *[0] * (len(requested["Keys"]) - len(found))]
                    units += read_units_by_key(sizes, consistent=bool(requested.get("ConsistentRead")))
            case "TransactGetItems":
                sizes = [item_size(entry.get("Item", {})) for entry in answer.get("Responses", [])]
                units = read_units_by_key(sizes, transaction=True)
        return Cost(read_units=units)

    def _writes(self, operation: str, params: Mapping[str, Any], before: list[int]) -> Cost:
        transaction = operation == "TransactWriteItems"
        units = 0.0
        for (table, kind, content), old in zip(_items_written(operation, params), before, strict=True):
            item = content if kind == "Put" else self._find(table, content)
            size = max(old, item_size(item))
            indexes = 0 if kind == "ConditionCheck" else sum(keys <= set(item) for keys in self._indexes(table))
            units += write_units(size, indexes=indexes, transaction=transaction)
        return Cost(write_units=units)

    def _size_there(self, table: str, content: Item) -> int:
        return item_size(self._find(table, content))

    def _find(self, table: str, content: Item) -> Item:
        """The item as it is now; empty when there is none. `content` has at least its key."""
        key = {name: content[name] for name in self._key_of(table)}
        found: Item = _outside(lambda: self.look.get_item(TableName=table, Key=key)).get("Item", {})
        return found

    def _key_of(self, table: str) -> set[str]:
        return self._keys(table)[0]

    def _indexes(self, table: str) -> list[set[str]]:
        return self._keys(table)[1:]

    def _keys(self, table: str) -> list[set[str]]:
        """The names of the table's key attributes, and then of those of each index."""
        if table not in self._keys_of_indexes:
            described = _outside(lambda: self.look.describe_table(TableName=table))["Table"]
            schemas = [
                described["KeySchema"],
                *(index["KeySchema"] for index in described.get("GlobalSecondaryIndexes", [])),
            ]
            self._keys_of_indexes[table] = [{part["AttributeName"] for part in schema} for schema in schemas]
        return self._keys_of_indexes[table]


def _outside(call: Callable[[], Any]) -> Any:
    """Makes a call as this program, not as the function that is running here, so that it is not counted."""
    return contextvars.Context().run(call)


def _items_written(operation: str, params: Mapping[str, Any]) -> list[tuple[str, str, Item]]:
    """(table, kind, item or key) of each item that the call writes or checks."""
    if operation in _WRITES:
        return [(params["TableName"], _WRITES[operation], params.get("Item") or params["Key"])]
    if operation == "TransactWriteItems":
        return [
            (part["TableName"], kind, part.get("Item") or part["Key"])
            for entry in params["TransactItems"]
            for kind, part in entry.items()
        ]
    if operation == "BatchWriteItem":
        return [
            (table, "Put", part["Item"]) if kind == "PutRequest" else (table, "Delete", part["Key"])
            for table, requests in params["RequestItems"].items()
            for request in requests
            for kind, part in request.items()
        ]
    return []
