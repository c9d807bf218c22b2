"""Pages of a list: opaque tokens that point behind the last item, so that new items shift nothing."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from drs_emulator.errors import validation_failed
from drs_emulator.operations.call import Call

T = TypeVar("T")


def page(
    call: Call,
    items: Sequence[T],
    *,
    rank: Callable[[T], float],
    write: Callable[[T], dict[str, Any]],
    newest_first: bool = False,
) -> dict[str, Any]:
    """One page of `items`, which are sorted by `rank`; raises ValidationException for a foreign token."""
    settings = call.world.settings
    size = min(int(call.arguments.get("maxResults", settings.page_size)), settings.page_size_most)
    start = 0
    token = call.arguments.get("nextToken")
    if token:
        last = _read_token(call.operation, token)
        start = len(items)
        for index, item in enumerate(items):
            if (rank(item) < last) if newest_first else (rank(item) > last):
                start = index
                break
    shown = items[start : start + size]
    answer: dict[str, Any] = {"items": [write(item) for item in shown]}
    if start + size < len(items):
        answer["nextToken"] = _make_token(call.operation, rank(shown[-1]))
    return answer


def _make_token(operation: str, last: float) -> str:
    return base64.urlsafe_b64encode(json.dumps([operation, last]).encode()).decode()


def _read_token(operation: str, token: str) -> float:
    try:
        made_by, last = json.loads(base64.urlsafe_b64decode(token.encode()))
        if made_by == operation:
            return float(last)
    except (ValueError, TypeError, binascii.Error):
        pass
    raise validation_failed([("nextToken", "The token was not made by this operation")])
