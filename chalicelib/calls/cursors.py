"""Signs the cursors of lists, so that one is valid only for the operation and the filters that it came from."""

import functools
import hashlib
import hmac
import secrets
from collections.abc import Callable
from typing import Any

import msgspec

from ..domain.errors import FieldProblem, InvalidRequest
from ..settings import settings

_LOCAL = "local"
_SIGNATURE_BYTES = 16
_NOT_FILTERS = ("cursor", "limit")


def serve_page(operation: str, request: Any, handler: Callable[[Any], Any]) -> Any:
    """Calls ``handler`` with the cursor that it made itself, and signs the one that it returns.

    Requests and answers without a cursor are passed on as they are. Raises InvalidRequest for a cursor that was not
    signed here, or for another operation or other filters.
    """
    filters = _filters_of(request)
    if getattr(request, "cursor", ""):
        request = msgspec.structs.replace(request, cursor=_opened(operation, filters, request.cursor))
    answer = handler(request)
    following = getattr(answer, "next_cursor", None)
    if not following:
        return answer
    return msgspec.structs.replace(answer, next_cursor=_signed(operation, filters, following))


def _filters_of(request: Any) -> dict[str, Any]:
    """What a request asks for, apart from the place in the list. ``limit`` may change from page to page."""
    return {name: value for name, value in msgspec.to_builtins(request).items() if name not in _NOT_FILTERS}


def _signed(operation: str, filters: dict[str, Any], cursor: str) -> str:
    return f"{cursor}.{_signature(_keys()[0], operation, filters, cursor)}"


def _opened(operation: str, filters: dict[str, Any], signed: str) -> str:
    cursor, _, signature = signed.rpartition(".")
    given = signature.encode()
    if not any(hmac.compare_digest(_signature(key, operation, filters, cursor).encode(), given) for key in _keys()):
        problem = "is not a cursor of this list with these filters; repeat the request without a cursor"
        raise InvalidRequest([FieldProblem("cursor", problem)])
    return cursor


def _signature(key: bytes, operation: str, filters: dict[str, Any], cursor: str) -> str:
    text = msgspec.json.encode([operation, filters, cursor], order="sorted")
    return hmac.new(key, text, hashlib.sha256).hexdigest()[: 2 * _SIGNATURE_BYTES]


@functools.cache
def _keys() -> tuple[bytes, ...]:
    """The keys, newest first: it signs, and cursors of the others are still accepted.

    The local cloud has no keys in its environment, and one process, which makes a key of its own. Raises RuntimeError
    elsewhere, because functions with different keys would refuse each other's cursors.
    """
    keys = settings().cursor_keys
    if not keys and settings().stage != _LOCAL:
        raise RuntimeError("CURSOR_KEYS is not set. Deploy with scripts/deploy.sh, which makes the keys.")
    return tuple(key.encode() for key in keys) or (secrets.token_bytes(),)
