"""Rules for names, and the form of counts, times and ages in messages."""

from datetime import UTC, datetime, timedelta

from .errors import FieldProblem
from .limits import MAX_NAME


def name_problems(name: str) -> list[FieldProblem]:
    """Checks that a name has 1 to 64 characters without outer spaces."""
    length = len(name.strip())
    if 1 <= length <= MAX_NAME:
        return []
    return [FieldProblem("name", f"must have 1 to {MAX_NAME} characters, not counting outer spaces; it has {length}")]


def name_key(name: str) -> str:
    """The form in which names are compared: outer spaces and case are ignored."""
    return name.strip().casefold()


def count_of(number: int, thing: str) -> str:
    """``1 server``, ``2 servers``; for nouns whose plural adds an s."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def format_moment(moment: datetime) -> str:
    """A time as messages show it: in UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def format_age(age: timedelta) -> str:
    """An age in the largest unit of which it has at least one: ``3 days``, ``1 hour``, ``40 seconds``."""
    seconds = max(0, int(age.total_seconds()))
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            return count_of(seconds // size, unit)
    return count_of(seconds, "second")
