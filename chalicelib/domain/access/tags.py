"""Tags of answers, by which a client that has an answer learns without its being made again that it still holds."""

import hashlib
from collections.abc import Callable
from typing import Any, Generic, TypeVar

import msgspec

from .context import CallContext

T = TypeVar("T")


class Tagged(msgspec.Struct, Generic[T], frozen=True):
    """An answer with its tag. ``record`` is None if the client has this answer already."""

    tag: str
    record: T | None


def tagged(call: CallContext, state: Any, make: Callable[[], T]) -> Tagged[T]:
    """The answer to this caller about ``state``, which changes whenever what is answered does.

    ``make`` is called only for a client that does not have the answer. What an answer says depends on who asks,
    because it says what that person may do.
    """
    principal = call.principal
    parts = msgspec.json.encode(
        [state, call.mode, principal.name, principal.subject, sorted(principal.groups), principal.verified]
    )
    tag = hashlib.sha256(parts).hexdigest()[:32]
    return Tagged(tag, None if call.has_answer(tag) else make())
