"""What all requests share, and the two that are about nothing in particular."""

import msgspec

from .limits import Cursor, Limit
from .pages import DEFAULT_PAGE


class Request(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """Base of all requests: unknown fields are refused."""


class Nothing(Request, frozen=True, kw_only=True):
    pass


class PageRequest(Request, frozen=True, kw_only=True):
    """``cursor`` is the ``nextCursor`` of the page before."""

    limit: Limit = DEFAULT_PAGE
    cursor: Cursor = ""
