"""Makes identifiers that sort by time and have a prefix for the kind of thing that they name.

They are ULIDs: 48 bits of milliseconds and 80 random bits, in base 32. The library for them would add more to a cold
start than the whole domain; see docs/adr/0008-ulid.md.
"""

import secrets
import threading
import time
from datetime import UTC, datetime

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_TIME_CHARACTERS = 10
_CHARACTERS = 26
_RANDOM_BITS = 80
_LAST_SECOND = datetime(9990, 1, 1, tzinfo=UTC).timestamp()
_LATE = 30_000 << _RANDOM_BITS
"""Half a minute: how far a time may be before the last id's for its id to still sort after that one."""


def new_id(prefix: str) -> str:
    """A new id such as ``exec-01J…``. Ids sort by time, except within one millisecond of two processes."""
    return f"{prefix}-{new_entry_id()}"


def new_entry_id(at: datetime | None = None) -> str:
    """A new ULID without a prefix. Those of one process sort in the order in which they were made.

    ``at`` is the time that it holds, now by default. A time up to half a minute before that of the last id is replaced
    by that one, because decisions are written a little later than they are made.
    """
    milliseconds = time.time_ns() // 1_000_000 if at is None else int(at.timestamp() * 1000)
    return _written(_made.after((milliseconds << _RANDOM_BITS) | secrets.randbits(_RANDOM_BITS)))


def first_entry_id(at: datetime) -> str:
    """The ULID that sorts before every other one of the same millisecond and later, to select ids by their time."""
    return _written(max(0, int(at.timestamp() * 1000)) << _RANDOM_BITS)


def made_at(identifier: str) -> datetime:
    """When an id was made, to the millisecond. Raises ValueError for a text that is not an id of this module."""
    ulid = identifier.rpartition("-")[2]
    if len(ulid) != _CHARACTERS:
        raise ValueError(f"{identifier!r} is not an id")
    return _moment(ulid[:_TIME_CHARACTERS])


def id_start(text: str, prefix: str) -> str:
    """How an id with this prefix is spelled that begins with ``text`` in any case; empty if none can."""
    given, dash, ulid = text.strip().partition("-")
    ulid = ulid.upper()
    is_start = given.lower() == prefix and dash and 0 < len(ulid) <= _CHARACTERS and set(ulid) <= set(_ALPHABET)
    return f"{prefix}-{ulid}" if is_start else ""


def made_between(start: str) -> tuple[datetime, datetime]:
    """The first and the last moment at which an id was made that begins so (``id_start``)."""
    time_part = start.rpartition("-")[2][:_TIME_CHARACTERS]
    first, last = (_moment(time_part.ljust(_TIME_CHARACTERS, filler)) for filler in (_ALPHABET[0], _ALPHABET[-1]))
    return first, last


def _moment(time_part: str) -> datetime:
    """The time in an id, at most the last that can be compared with others."""
    milliseconds = 0
    for character in time_part:
        milliseconds = milliseconds * 32 + _ALPHABET.index(character)
    return datetime.fromtimestamp(min(milliseconds / 1000, _LAST_SECOND), UTC)


def _written(number: int) -> str:
    return "".join(_ALPHABET[number >> shift & 31] for shift in range(5 * (_CHARACTERS - 1), -1, -5))


class _Made:
    """Keeps the last number, so that ids of one millisecond sort in the order in which they were made."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0

    def after(self, wanted: int) -> int:
        """``wanted``, or the number after the last one if ``wanted`` is not, or only a little, before it."""
        with self._lock:
            self._last = wanted if self._last - wanted > _LATE else max(wanted, self._last + 1)
            return self._last


_made = _Made()
