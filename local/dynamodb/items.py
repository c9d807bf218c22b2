"""Serves the calls for items of all tables of the process, one at a time."""

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from local.dynamodb import reads, streams, writes
from local.dynamodb.catalogue import find_table
from local.dynamodb.refusals import Refused
from local.dynamodb.requests import Answer, Request, check_supported
from local.dynamodb.rules import check
from local.dynamodb.storage import Table

_TOKEN_SECONDS = 600.0

_OPERATIONS: Mapping[str, Callable[[Request], Answer]] = {
    "BatchGetItem": reads.batch_get_item,
    "BatchWriteItem": writes.batch_write_item,
    "DeleteItem": writes.delete_item,
    "GetItem": reads.get_item,
    "GetRecords": streams.get_records,
    "GetShardIterator": streams.get_shard_iterator,
    "PutItem": writes.put_item,
    "Query": reads.query,
    "Scan": reads.scan,
    "TransactGetItems": reads.transact_get_items,
    "TransactWriteItems": writes.transact_write_items,
    "UpdateItem": writes.update_item,
}

OPERATIONS = frozenset(_OPERATIONS)


class Items:
    """Answers calls for items, in the tables of any account and Region that ``find_table`` knows."""

    def __init__(self, find_table: Callable[[str, str, str], Table | None] = find_table) -> None:
        self._find_table = find_table
        # Held while one call is worked out and applied, which makes each call atomic.
        self._lock = threading.Lock()
        self._transactions: dict[tuple[str, str, str], tuple[float, str]] = {}

    def answer(self, operation: str, params: Mapping[str, Any], *, account: str, region: str) -> Answer:
        """Raises Refused as DynamoDB does; nothing was done then."""
        check_supported(params)

        def find(name: str) -> Table | None:
            return self._find_table(account, region, name)

        with self._lock:
            check(operation, params, lambda name: table.schema if (table := find(name)) is not None else None)
            request = Request(params, find)
            token = params.get("ClientRequestToken")
            if operation != "TransactWriteItems" or not token:
                return _OPERATIONS[operation](request)
            return self._once((account, region, token), request)

    def _once(self, token: tuple[str, str, str], request: Request) -> Answer:
        """Makes a transaction unless it was made with this token in the last ten minutes."""
        now, content = time.monotonic(), repr(request.params)
        while self._transactions and next(iter(self._transactions.values()))[0] < now - _TOKEN_SECONDS:
            del self._transactions[next(iter(self._transactions))]
        if token in self._transactions:
            if self._transactions[token][1] != content:
                raise Refused(
                    "The request uses the same client token as a previous, but non-identical request. Do not reuse a "
                    "client token with different requests, unless the requests are identical",
                    code="IdempotentParameterMismatchException",
                )
            return {}
        answer = writes.transact_write_items(request)
        self._transactions[token] = (now, content)
        return answer
