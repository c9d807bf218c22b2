"""Rules on names and other words that people type."""

from .errors import FieldProblem

NAME_LENGTH = 64
DESCRIPTION_LENGTH = 1000


def name_problems(name: str) -> list[FieldProblem]:
    """Names have 1 to 64 characters once trimmed."""
    length = len(name.strip())
    if 1 <= length <= NAME_LENGTH:
        return []
    return [
        FieldProblem("name", f"must have 1 to {NAME_LENGTH} characters, not counting outer spaces; it has {length}")
    ]


def description_problems(description: str) -> list[FieldProblem]:
    """Descriptions have at most 1,000 characters."""
    if len(description) <= DESCRIPTION_LENGTH:
        return []
    return [
        FieldProblem("description", f"must have at most {DESCRIPTION_LENGTH} characters; it has {len(description)}")
    ]


def name_key(name: str) -> str:
    """What makes two names the same: outer spaces and case do not count."""
    return name.strip().casefold()


def count_of(number: int, thing: str) -> str:
    """``1 server``, ``2 servers``; for things whose plural takes an s."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
