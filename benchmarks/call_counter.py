"""Counts the AWS calls of the product's functions on a local cloud, as they arrive at the endpoint."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from local.aws_calls import AwsCall
from local.cloud import LocalCloud

AUDIT_TABLE = "audit-logs"


class CallCounter:
    """Calls by service and operation, and items written to DynamoDB; those of the audit log are counted separately."""

    def __init__(self, function: str) -> None:
        self._function = function
        self._lock = threading.Lock()
        self.calls: Counter[tuple[str, str]] = Counter()
        self.items_written = 0
        self.audit_entries = 0

    @property
    def total(self) -> int:
        return self.calls.total()

    def see(self, call: AwsCall, function: str | None) -> None:
        if function != self._function:
            return
        written = _items_written(call)
        with self._lock:
            self.calls[call.service, call.operation] += 1
            if AUDIT_TABLE in str(call.params.get("TableName", "")):
                self.audit_entries += written
            else:
                self.items_written += written


@contextmanager
def counted_calls(cloud: LocalCloud, function: str) -> Iterator[CallCounter]:
    """A context in which the calls of a function are counted."""
    counter = CallCounter(function)
    stop = cloud.front.observe(counter.see)
    try:
        yield counter
    finally:
        stop()


def _items_written(call: AwsCall) -> int:
    params: Any = call.params
    if call.service != "dynamodb":
        return 0
    match call.operation:
        case "PutItem" | "UpdateItem" | "DeleteItem":
            return 1
        case "BatchWriteItem":
            return sum(len(entries) for entries in params["RequestItems"].values())
        case "TransactWriteItems":
            return sum("ConditionCheck" not in entry for entry in params["TransactItems"])
        case _:
            return 0
