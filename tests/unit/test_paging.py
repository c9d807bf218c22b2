"""Cursors: they lead back to where a page ended, in the list that they came from and nowhere else."""

from collections.abc import Iterator
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st
from pynamodb.exceptions import QueryError

from chalicelib.domain.errors import InvalidRequest
from chalicelib.store.paging import decode_cursor, encode_cursor, page_of, require_limit

keys = st.dictionaries(st.text(min_size=1), st.dictionaries(st.sampled_from("SN"), st.text(), min_size=1, max_size=1))


@given(keys, st.text())
def test_a_cursor_leads_back(key: dict[str, dict[str, str]], scope: str) -> None:
    assert decode_cursor(encode_cursor(key, scope), scope) == key


@given(keys, st.text(), st.text())
def test_a_cursor_of_another_list_is_refused(key: dict[str, dict[str, str]], scope: str, other: str) -> None:
    if scope != other:
        with pytest.raises(InvalidRequest, match="cursor"):
            decode_cursor(encode_cursor(key, scope), other)


@given(st.text(min_size=1))
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest, match="cursor"):
        decode_cursor(text, "a list")


def test_no_cursor_is_the_beginning() -> None:
    assert decode_cursor("", "a list") is None


@pytest.mark.parametrize("limit", [-1, 0, 101])
def test_pages_have_one_to_a_hundred_items(limit: int) -> None:
    assert [require_limit(allowed) for allowed in (1, 100)] == [1, 100]
    with pytest.raises(InvalidRequest, match="limit"):
        require_limit(limit)


class _RefusedByDynamoDB:
    """A query whose start key DynamoDB finds to be none of the table's."""

    def __iter__(self) -> Iterator[Any]:
        response: Any = {"Error": {"Code": "ValidationException", "Message": "The provided starting key is invalid"}}
        raise QueryError(cause=ClientError(response, "Query"))


def test_a_cursor_with_a_key_of_no_table_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="cursor"):
        page_of(cast(Any, _RefusedByDynamoDB()), str, scope="a list")
