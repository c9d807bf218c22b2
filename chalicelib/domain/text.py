"""Rules on names and other words that people type."""

from .errors import FieldProblem
from .limits import MAX_NAME


def name_problems(name: str) -> list[FieldProblem]:
    """Names have 1 to 64 characters once trimmed."""
    length = len(name.strip())
    if 1 <= length <= MAX_NAME:
        return []
    return [FieldProblem("name", f"must have 1 to {MAX_NAME} characters, not counting outer spaces; it has {length}")]


def name_key(name: str) -> str:
    """What makes two names the same: outer spaces and case do not count."""
    return name.strip().casefold()


def count_of(number: int, thing: str) -> str:
    """``1 server``, ``2 servers``; for things whose plural takes an s."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
