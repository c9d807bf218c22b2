"""Reads pages of lists. ``calls.cursors`` signs their cursors, which are valid only for the list they came from."""

import base64
import binascii
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias, TypeVar, cast

import msgspec
from pynamodb.exceptions import QueryError
from pynamodb.expressions.condition import Condition
from pynamodb.indexes import GlobalSecondaryIndex
from pynamodb.models import Model

from ..domain.errors import FieldProblem, InvalidRequest
from ..domain.pages import Page
from ..domain.typed_json import read_json
from ..operations.declaration import PageRequest
from .failures import response_code

M = TypeVar("M", bound=Model)
V = TypeVar("V")
Source: TypeAlias = type[M] | GlobalSecondaryIndex[M]
"""What a list is read from: a table, or one of its indexes."""

MAX_KEY_BYTES = 2_048
"""DynamoDB's limit for a partition key; sort keys are shorter."""

MAX_PAGE_BYTES = 1_500_000
"""A page ends early here. Lambda returns at most 6 MB, and may need three times as many bytes to escape characters."""

LOOKED_AT = 1_000
"""The most records that one page of a list with filters looks at."""


def read_page(
    source: Source[M],
    hash_key: str,
    request: PageRequest,
    value_of: Callable[[M], V],
    *,
    wanted: Condition | None = None,
    filter_condition: Condition | None = None,
    matches: Callable[[V], bool] | None = None,
    looked_at: int | None = None,
    **options: Any,
) -> Page[V]:
    """Reads the requested page of a list with one query.

    ``filter_condition``, and ``matches`` where DynamoDB cannot compare, leave out records. A query looks at
    ``LOOKED_AT`` records at most, however few match, or at ``looked_at`` where these are large. So a page may have
    fewer than requested, even none, as it may if the records are large; its cursor leads to the others.

    Raises InvalidRequest for a cursor of another list, also when only DynamoDB detects it.
    """
    types = key_types(source)
    after = decode_cursor(request.cursor, types, hash_key)
    is_filtered = filter_condition is not None or matches is not None
    page_size = looked_at or LOOKED_AT if is_filtered else request.limit
    options |= {"filter_condition": filter_condition, "page_size": page_size}
    try:
        found = source.query(hash_key, wanted, last_evaluated_key=after, **options)
        looked = next(found.page_iter)
    except QueryError as error:
        if after is not None and response_code(error) == "ValidationException":
            raise _not_of_this_list() from error
        raise
    values: list[V] = []
    room = MAX_PAGE_BYTES
    last = looked.get("LastEvaluatedKey")
    before: dict[str, Any] = {}
    for raw in looked["Items"]:
        if len(values) == request.limit or room <= 0:
            return Page(values, encode_cursor(before))
        before = {name: raw[name] for name in types}
        value = value_of(_model_of(source).from_raw_data(raw))
        if matches is None or matches(value):
            values.append(value)
            room -= len(msgspec.json.encode(value))
    return Page(values, encode_cursor(last) if last else None)


def key_types(source: Source[M]) -> dict[str, str]:
    """The attributes of a cursor's key with their types. The partition key of the list comes first."""
    schema: Any = _model_of(source)._get_schema()  # noqa: SLF001 — PynamoDB does not offer it otherwise
    keys = _partition_key_first(schema["key_schema"])
    if not isinstance(source, type):
        indexes = schema["global_secondary_indexes"]
        own = next(index["key_schema"] for index in indexes if index["index_name"] == source.Meta.index_name)
        keys = _partition_key_first(own) + keys
    types = {entry["AttributeName"]: entry["AttributeType"] for entry in schema["attribute_definitions"]}
    return {name: types[name] for name in keys}


def _model_of(source: Source[M]) -> type[M]:
    model = source if isinstance(source, type) else source._model  # noqa: SLF001 — PynamoDB does not offer it otherwise
    return cast(type[M], model)


def _partition_key_first(key_schema: Iterable[Mapping[str, str]]) -> list[str]:
    """The names of a key's attributes. PynamoDB lists them by the alphabet."""
    return [key["AttributeName"] for key in sorted(key_schema, key=lambda key: key["KeyType"] != "HASH")]


def encode_cursor(last_key: Mapping[str, Any]) -> str:
    """A cursor for the page after ``last_key``. ``calls.cursors`` binds it to the operation and its filters."""
    return base64.urlsafe_b64encode(msgspec.json.encode(last_key)).decode().rstrip("=")


def decode_cursor(cursor: str, types: Mapping[str, str], hash_key: str) -> dict[str, Any] | None:
    """The key that a cursor holds, or None for an empty cursor. Raises InvalidRequest for one of another list."""
    if not cursor:
        return None
    key = _held_by(cursor)
    if not _is_key(key, types, hash_key):
        raise _not_of_this_list()
    return key


def token_cursor(token: str) -> str | None:
    """A cursor for the page behind a token of AWS; None for no token, after the last page."""
    return encode_cursor({_TOKEN: {"S": token}}) if token else None


def token_of(cursor: str) -> str:
    """The token that a cursor holds, empty for an empty cursor. Raises InvalidRequest for one of another list."""
    if not cursor:
        return ""
    key = _held_by(cursor)
    if list(key) != [_TOKEN] or list(key[_TOKEN]) != ["S"]:
        raise _not_of_this_list()
    return key[_TOKEN]["S"]


_TOKEN = "token"  # noqa: S105 — the name of a field


def _held_by(cursor: str) -> dict[str, dict[str, str]]:
    """What a cursor holds. Raises InvalidRequest for any other text."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        return read_json(base64.urlsafe_b64decode(padded), dict[str, dict[str, str]])
    except (binascii.Error, msgspec.MsgspecError, ValueError, RecursionError):
        raise _not_of_this_list() from None


def _is_key(key: Mapping[str, Mapping[str, str]], types: Mapping[str, str], hash_key: str) -> bool:
    """Whether this is a key of the list, with its attributes and types, in the partition that is read."""
    if {name: list(value) for name, value in key.items()} != {name: [kind] for name, kind in types.items()}:
        return False
    first, *_ = types
    return key[first][types[first]] == hash_key and all(
        _is_value(kind, text) for value in key.values() for kind, text in value.items()
    )


def _is_value(kind: str, text: str) -> bool:
    if kind == "N":
        return text.isascii() and text.isdecimal() and len(text) <= 18
    return 0 < len(text.encode()) <= MAX_KEY_BYTES


def _not_of_this_list() -> InvalidRequest:
    return InvalidRequest([FieldProblem("cursor", "is not a cursor of this list; repeat the request without a cursor")])
