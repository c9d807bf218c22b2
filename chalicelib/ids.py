"""New identifiers: sortable by time, with a prefix that tells what they name."""

from ulid import ULID


def new_id(prefix: str) -> str:
    """Such as ``exec-01J…``; later ids sort after earlier ones."""
    return f"{prefix}-{ULID()}"


def new_entry_id() -> str:
    """A bare ULID, for entries that are listed in time order."""
    return str(ULID())
