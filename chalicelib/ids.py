"""New identifiers: sortable by time, with a prefix that tells what they name.

They are ULIDs: 48 bits of milliseconds and 80 random bits, in base 32. The library for them would cost more at
a cold start than all the domain; see docs/adr/0008-ulid.md.
"""

import secrets
import threading
import time
from datetime import UTC, datetime

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_TIME_CHARACTERS = 10
_CHARACTERS = 26
_RANDOM_BITS = 80


def new_id(prefix: str) -> str:
    """Such as ``exec-01J…``; later ids sort after earlier ones, but for those of one millisecond in two processes."""
    return f"{prefix}-{new_entry_id()}"


def new_entry_id(at: datetime | None = None) -> str:
    """A bare ULID, for entries that are listed in time order: those of one process in the order of their making.

    ``at`` is the moment that it tells, now by default; where a later id was made before, it tells that id's moment.
    """
    milliseconds = time.time_ns() // 1_000_000 if at is None else int(at.timestamp() * 1000)
    number = _made.after((milliseconds << _RANDOM_BITS) | secrets.randbits(_RANDOM_BITS))
    return "".join(_ALPHABET[number >> shift & 31] for shift in range(5 * (_CHARACTERS - 1), -1, -5))


def made_at(identifier: str) -> datetime:
    """When an id was made, to the millisecond. Raises ValueError for a text that is no id of this module."""
    ulid = identifier.rpartition("-")[2]
    if len(ulid) != _CHARACTERS:
        raise ValueError(f"{identifier!r} is not an id")
    milliseconds = 0
    for character in ulid[:_TIME_CHARACTERS]:
        milliseconds = milliseconds * 32 + _ALPHABET.index(character)
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


class _Made:
    """The last number that was given out, so that one millisecond's ids sort in the order of their making too."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0

    def after(self, wanted: int) -> int:
        """``wanted``, or the next number after the last one where that is greater."""
        with self._lock:
            self._last = max(wanted, self._last + 1)
            return self._last


_made = _Made()
