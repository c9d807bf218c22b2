"""One page of a list."""

from typing import Generic, TypeVar

import msgspec

MAX_PAGE = 100
"""The most items that a page holds."""

DEFAULT_PAGE = 50

T = TypeVar("T")


class Page(msgspec.Struct, Generic[T], frozen=True, rename="camel"):
    """One page of a list; ``nextCursor`` is null on the last."""

    items: list[T]
    next_cursor: str | None = None
