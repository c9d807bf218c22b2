"""Reads items of several tables by key, in one request for a hundred of them."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pynamodb.connection.base import BOTOCORE_EXCEPTIONS
from pynamodb.constants import BATCH_GET_ITEM, CONSISTENT_READ, KEY, KEYS, REQUEST_ITEMS, RESPONSES, UNPROCESSED_KEYS
from pynamodb.exceptions import GetError
from pynamodb.models import Model

from .tables.base import shared_connection

Key = tuple[str, ...]
"""The partition key, and the sort key where the table has one."""

_MOST_KEYS = 100


def read_together(
    wanted: Mapping[type[Model], Sequence[Key]], *, consistent: bool = False
) -> dict[type[Model], list[Any]]:
    """The items with these keys that exist, by table. No key may be named twice.

    PynamoDB reads a batch from one table only.
    """
    named = {model.Meta.table_name: model for model in wanted}
    found: dict[type[Model], list[Any]] = {model: [] for model in wanted}
    every = ((model, key) for model, keys in wanted.items() for key in keys)
    while some := list(itertools.islice(every, _MOST_KEYS)):
        for answer in _answers(_request(some, consistent=consistent)):
            for table, items in answer.items():
                found[named[table]] += map(named[table].from_raw_data, items)
    return found


def _request(some: Sequence[tuple[type[Model], Key]], *, consistent: bool) -> dict[str, Any]:
    tables: dict[str, Any] = {}
    for model, key in some:
        table = model._get_connection()  # noqa: SLF001 — makes the table known to the connection
        own = table.connection.get_identifier_map(table.table_name, *key)[KEY]
        tables.setdefault(table.table_name, {KEYS: [], CONSISTENT_READ: consistent})[KEYS].append(own)
    return tables


def _answers(requested: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The answers to a request. DynamoDB may leave keys for the next one, as where the items are large."""
    while requested:
        try:
            answer = shared_connection().dispatch(BATCH_GET_ITEM, {REQUEST_ITEMS: requested})
        except BOTOCORE_EXCEPTIONS as error:
            raise GetError(f"Failed to batch get items: {error}", error) from error
        yield answer.get(RESPONSES, {})
        requested = answer.get(UNPROCESSED_KEYS, {})
