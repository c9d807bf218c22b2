"""Reads items of the audit log and of timelines as they are stored, to compare them with the evidence."""

from collections.abc import Iterable
from typing import Any

from ....domain.access.evidence import Image, Log
from ....side_by_side import chunks, map_bounded
from ...tables.audit import AuditEntryItem
from ...tables.base import shared_connection
from ...tables.runs import ExecutionEventItem

_MODELS: dict[Log, Any] = {Log.AUDIT: AuditEntryItem, Log.TIMELINE: ExecutionEventItem}
_AT_ONCE = 100
"""DynamoDB's limit for BatchGetItem."""


def find_images(log: Log, partition: str, items: Iterable[str]) -> dict[str, Image]:
    """The items that exist, by their sort key, read consistently."""
    pages = map_bounded(lambda names: _read(log, partition, names), chunks(list(dict.fromkeys(items)), _AT_ONCE))
    return {name: image for page in pages for name, image in page.items()}


def has_entries(log: Log, partition: str) -> bool:
    """Whether the table has anything for a chain."""
    return any(True for _ in _MODELS[log].query(partition, limit=1, consistent_read=True))


def _read(log: Log, partition: str, names: Iterable[str]) -> dict[str, Image]:
    partition_key, sort_key = log.keys
    model = _MODELS[log]
    wanted: Any = [{partition_key: partition, sort_key: name} for name in names]
    model._get_connection()  # noqa: SLF001 — it makes the table known to the shared connection
    found: dict[str, Image] = {}
    while wanted:
        answer = shared_connection().batch_get_item(model.Meta.table_name, wanted, consistent_read=True)
        images: list[Image] = answer["Responses"].get(model.Meta.table_name, [])
        found |= {image[sort_key]["S"]: image for image in images}
        missed = answer.get("UnprocessedKeys", {}).get(model.Meta.table_name, {}).get("Keys", [])
        wanted = [{name: value["S"] for name, value in key.items()} for key in missed]
    return found
