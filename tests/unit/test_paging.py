"""Cursors: they continue where a page ended, and only in a list with the same key."""

import base64
import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st
from pynamodb.exceptions import QueryError

from chalicelib.domain.errors import InvalidRequest
from chalicelib.operations.declaration import PageRequest
from chalicelib.store import tables
from chalicelib.store.paging import decode_cursor, encode_cursor, key_types, read_page
from chalicelib.store.tables.base import Table
from chalicelib.store.tables.configuration import PlanVersionItem
from chalicelib.store.tables.runs import ExecutionItem

TYPES = key_types(ExecutionItem.by_started)
FIRST, *_ = TYPES
names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60)
keys = st.fixed_dictionaries({name: st.fixed_dictionaries({kind: names}) for name, kind in TYPES.items()})
Key = dict[str, dict[str, str]]


def read(cursor: str, hash_key: str) -> Any:
    return decode_cursor(cursor, TYPES, hash_key)


def refused(cursor: str, hash_key: str) -> None:
    with pytest.raises(InvalidRequest, match="cursor"):
        read(cursor, hash_key)


@given(keys)
def test_a_cursor_leads_back(key: Key) -> None:
    assert read(encode_cursor(key), key[FIRST]["S"]) == key


@given(keys, names)
def test_a_cursor_of_another_partition_is_refused(key: Key, other: str) -> None:
    if other != key[FIRST]["S"]:
        refused(encode_cursor(key), other)


@given(keys, st.sampled_from(sorted(TYPES)), st.data())
def test_a_cursor_with_another_key_is_refused(key: Key, name: str, data: st.DataObject) -> None:
    """DynamoDB would refuse it too, but its answer is not meant for callers, and the local engines differ."""
    wrong: Any = data.draw(st.sampled_from([{}, {"S": ""}, {"N": "1"}, {"S": "x", "N": "1"}, {"S": "x" * 3_000}]))
    refused(encode_cursor({**key, name: wrong}), key[FIRST]["S"])
    refused(encode_cursor({**key, "more": {"S": "x"}}), key[FIRST]["S"])
    refused(encode_cursor({other: key[other] for other in key if other != name}), key[FIRST]["S"])


def _sources(model: Any = Table) -> Iterator[Any]:
    """Every table and index that a list can be read from."""
    for module in pkgutil.iter_modules(tables.__path__):
        importlib.import_module(f"{tables.__name__}.{module.name}")
    for table in model.__subclasses__():
        yield from _sources(table)
        if hasattr(table, "Meta"):
            yield from (table, *table._indexes.values())


@pytest.mark.parametrize(
    "source", list(_sources()), ids=lambda source: getattr(source, "__name__", type(source).__name__)
)
def test_the_partition_that_a_cursor_must_be_of_is_that_of_the_list(source: Any) -> None:
    """Also where the attribute of the sort key comes first in the alphabet."""
    types = key_types(source)
    partition = source._hash_key_attribute().attr_name
    mine = "77" if types[partition] == "N" else "the list's"
    key = {name: {kind: "7"} for name, kind in types.items()} | {partition: {types[partition]: mine}}
    assert decode_cursor(encode_cursor(key), types, mine) == key


@pytest.mark.parametrize("number", ["", "x", "-1", "1e5", "NaN", "9" * 40, "٣"])
def test_a_number_in_a_cursor_must_be_a_number(number: str) -> None:
    types = key_types(PlanVersionItem)
    key = {"plan_id": {"S": "p"}, "version": {"N": number}}
    with pytest.raises(InvalidRequest, match="cursor"):
        decode_cursor(encode_cursor(key), types, "p")


@given(st.text(min_size=1) | st.binary(min_size=1).map(lambda content: base64.urlsafe_b64encode(content).decode()))
def test_anything_else_is_refused(text: str) -> None:
    refused(text, "x")


def test_a_deep_cursor_is_refused() -> None:
    refused(base64.urlsafe_b64encode(b"[" * 3_000).decode(), "x")


def test_without_a_cursor_a_list_starts_at_its_beginning() -> None:
    assert read("", "x") is None


class _Refusing(PlanVersionItem):
    """A list whose start key DynamoDB refuses because it is outside the requested range."""

    @classmethod
    def query(cls, *_: Any, **__: Any) -> Any:
        response: Any = {"Error": {"Code": "ValidationException", "Message": "The provided starting key is invalid"}}
        raise QueryError(cause=ClientError(response, "Query"))


def test_a_cursor_that_only_dynamodb_refuses_is_refused() -> None:
    cursor = encode_cursor({"plan_id": {"S": "p"}, "version": {"N": "3"}})
    with pytest.raises(InvalidRequest, match="cursor"):
        read_page(_Refusing, "p", PageRequest(cursor=cursor), str)
    with pytest.raises(QueryError):
        read_page(_Refusing, "p", PageRequest(), str)
