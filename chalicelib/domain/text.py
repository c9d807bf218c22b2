"""Rules for names, and the form of counts, times and ages in messages."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from .errors import FieldProblem
from .limits import MAX_NAME

_ASIDE = {"CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO", "KANGXI", "IDEOGRAPHIC", "MODIFIER", "FULLWIDTH"}
"""Scripts that one word mixes with others, and letters of no script."""

_UNSEEN = {"Cc": "control", "Cf": "format", "Cn": "unassigned", "Co": "private-use", "Cs": "surrogate"}
_LETTERS = re.compile(r"[^\W\d_]+")


def plain_name(name: str) -> str:
    """The name as it is stored: in Unicode's form NFKC, with single blanks, and none at its ends."""
    return " ".join(unicodedata.normalize("NFKC", name).split())


def name_problems(name: str) -> list[FieldProblem]:
    """Checks that a name has 1 to 64 characters, and none that let it be mistaken for another name."""
    plain = plain_name(name)
    if not 1 <= len(plain) <= MAX_NAME:
        problem = f"must have 1 to {MAX_NAME} characters, not counting outer spaces; it has {len(plain)}"
        return [FieldProblem("name", problem)]
    unseen = next((sign for sign in plain if unicodedata.category(sign) in _UNSEEN), None)
    if unseen is not None:
        kind = _UNSEEN[unicodedata.category(unseen)]
        problem = f"contains the {kind} character U+{ord(unseen):04X}, which cannot be seen; remove it"
        return [FieldProblem("name", problem)]
    for word in _LETTERS.findall(plain):
        scripts = sorted({_script_of(letter) for letter in word} - _ASIDE)
        if len(scripts) > 1:
            named = " and ".join(script.capitalize() for script in scripts)
            problem = (
                f"mixes {named} letters in the word '{word}', which look like each other; use one script in a word"
            )
            return [FieldProblem("name", problem)]
    return []


def _script_of(letter: str) -> str:
    """The script of a letter, which is the first word of its name in Unicode."""
    return unicodedata.name(letter, "MODIFIER").partition(" ")[0]


def name_key(name: str) -> str:
    """The form in which names are compared: outer spaces and case are ignored."""
    return name.strip().casefold()


def newest_of_name(name: str, at: datetime) -> str:
    """A sort key by name, in which the newest things of each name come first."""
    return f"{name_key(name)}#{_LAST_SECOND - int(at.timestamp()):012d}"


_LAST_SECOND = 10**12 - 1
"""Beyond every time."""


def count_of(number: int, thing: str) -> str:
    """``1 server``, ``2 servers``; for nouns whose plural adds an s."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def first_of(labels: Sequence[str], thing: str, most: int = 10) -> str:
    """The labels, or the first ones and how many more there are: ``a, b and 3 more servers``."""
    if len(labels) <= most:
        return ", ".join(labels)
    return f"{', '.join(labels[:most])} and {count_of(len(labels) - most, f'more {thing}')}"


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
