"""Pages and their cursors: opaque to callers, bound to the list they came from."""

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import msgspec
from pynamodb.exceptions import QueryError
from pynamodb.models import Model
from pynamodb.pagination import ResultIterator

from ..domain.errors import FieldProblem, InvalidRequest
from ..domain.pages import MAX_PAGE, Page
from .failures import response_code

M = TypeVar("M", bound=Model)
V = TypeVar("V")


def page_of(items: ResultIterator[M], value_of: Callable[[M], V], *, scope: str) -> Page[V]:
    """Reads one page and makes values of it. The iterator must have been made with the page's ``limit``.

    Raises InvalidRequest when DynamoDB refuses the key to go on after: then the cursor was not made here.
    """
    try:
        values = [value_of(item) for item in items]
    except QueryError as error:
        if response_code(error) == "ValidationException":
            raise _not_of_this_list() from error
        raise
    last = items.last_evaluated_key
    return Page(values, encode_cursor(last, scope) if last else None)


def require_limit(limit: int) -> int:
    """``limit`` if it is a legal page size; raises InvalidRequest otherwise."""
    if 1 <= limit <= MAX_PAGE:
        return limit
    raise InvalidRequest([FieldProblem("limit", f"must be from 1 to {MAX_PAGE}; it is {limit}")])


def encode_cursor(last_key: Mapping[str, Any], scope: str) -> str:
    """A cursor that goes on after ``last_key``, valid in ``scope`` only."""
    return base64.urlsafe_b64encode(msgspec.json.encode([scope, last_key])).decode().rstrip("=")


def decode_cursor(cursor: str, scope: str) -> dict[str, Any] | None:
    """The key to go on after; None for an empty cursor. Raises InvalidRequest for one that is not of this list."""
    if not cursor:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        made_for, key = msgspec.json.decode(
            base64.urlsafe_b64decode(padded), type=tuple[str, dict[str, dict[str, str]]]
        )
    except (binascii.Error, msgspec.MsgspecError, ValueError):
        made_for, key = "", {}
    if made_for != scope:
        raise _not_of_this_list()
    return key


def _not_of_this_list() -> InvalidRequest:
    return InvalidRequest([FieldProblem("cursor", "is not a cursor of this list; start again without one")])
