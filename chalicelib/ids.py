"""New identifiers: sortable by time, with a prefix that tells what they name.

They are ULIDs: 48 bits of milliseconds and 80 random bits, in base 32. The library for them would cost more at
a cold start than all the domain; see docs/adr/0008-ulid.md.
"""

import secrets
import time
from datetime import UTC, datetime

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_TIME_CHARACTERS = 10
_CHARACTERS = 26
_RANDOM_BITS = 80


def new_id(prefix: str) -> str:
    """Such as ``exec-01J…``; later ids sort after earlier ones, but for those of one millisecond."""
    return f"{prefix}-{new_entry_id()}"


def new_entry_id() -> str:
    """A bare ULID, for entries that are listed in time order."""
    number = (time.time_ns() // 1_000_000 << _RANDOM_BITS) | secrets.randbits(_RANDOM_BITS)
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
