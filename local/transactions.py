"""Corrects one thing in moto's DynamoDB: a transaction copies the items that it touches, not tables.

Without this a transaction of a hundred items over a table of a thousand copies a hundred thousand items.
"""

import copy
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from moto.dynamodb import models
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import StreamShard, Table

_write_in_transaction = DynamoDBBackend.transact_write_items


def keep_back_only_what_transactions_touch() -> None:
    """From now on a transaction costs as much as its items; one that fails changes nothing, as before."""
    DynamoDBBackend.transact_write_items = _transact_write_items  # type: ignore[method-assign]
    vars(models)["copy"] = SimpleNamespace(deepcopy=_copy_unless_table)


@dataclass(frozen=True)
class _KeptItem:
    """An item as it was before the transaction; `item` None when there was none."""

    table: Table
    hash_key: DynamoType
    range_key: DynamoType | None
    item: Any

    def restore(self) -> None:
        if self.item is None:
            self.table.delete_item(self.hash_key, self.range_key)
        elif self.range_key is not None:
            self.table.items[self.hash_key][self.range_key] = self.item
        else:
            self.table.items[self.hash_key] = self.item


def _transact_write_items(self: DynamoDBBackend, transact_items: list[dict[str, Any]]) -> None:
    kept = [_keep(self, next(iter(entry.values()))) for entry in transact_items]
    shards = [item.table.stream_shard for item in kept if item is not None]
    streams = [shard for shard in shards if isinstance(shard, StreamShard)]
    reported = [len(stream.items) for stream in streams]
    try:
        _write_in_transaction(self, transact_items)
    except Exception:
        for item in kept:
            if item is not None:
                item.restore()
        for stream, count in zip(streams, reported, strict=True):
            del stream.items[count:]
        raise


def _keep(backend: DynamoDBBackend, operation: dict[str, Any]) -> _KeptItem | None:
    """What the operation may change; None without a table and a key, which moto itself refuses."""
    table = backend.tables.get(operation.get("TableName", ""))
    named = operation.get("Key") or operation.get("Item") or {}
    if table is None or table.hash_key_attr not in named:
        return None
    hash_key = DynamoType(named[table.hash_key_attr])
    range_key = DynamoType(named[table.range_key_attr]) if table.range_key_attr in named else None
    if table.has_range_key and range_key is None:
        return None
    return _KeptItem(table, hash_key, range_key, copy.deepcopy(table.get_item(hash_key, range_key)))


def _copy_unless_table(value: Any) -> Any:
    """moto copies tables only for its own rollback, which has nothing to restore here."""
    return value if isinstance(value, Table) else copy.deepcopy(value)
