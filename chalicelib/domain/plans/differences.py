"""The differences between two JSON values, field by field, as a person reads them."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from ..errors import cut

MOST_CHARACTERS = 200
"""The most characters of a value that a difference shows."""


class Difference(msgspec.Struct, frozen=True, rename="camel"):
    """A field that differs: what is taken away and what is added, as JSON, empty for nothing.

    For a list of single values these are its elements that differ; for everything else the old and the new value.
    """

    field: str
    removed: str
    added: str


def differences(before: Any, after: Any, field: str = "") -> Iterator[Difference]:
    """Each field in which two JSON values differ."""
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for key in [*before, *(key for key in after if key not in before)]:
            place = f"{field}.{key}" if field else key
            yield from _of_field(before, after, key, place)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _of_lists(before, after, field)
    else:
        yield Difference(field, _shown(before), _shown(after))


def _of_field(before: dict[str, Any], after: dict[str, Any], key: str, place: str) -> Iterator[Difference]:
    if key not in after:
        yield Difference(place, _shown(before[key]), "")
    elif key not in before:
        yield Difference(place, "", _shown(after[key]))
    else:
        yield from differences(before[key], after[key], place)


def _of_lists(before: list[Any], after: list[Any], field: str) -> Iterator[Difference]:
    if not all(isinstance(item, dict) for item in [*before, *after]):
        old, new = _without(before, after), _without(after, before)
        reordered = not old and not new
        yield Difference(field, _shown(before if reordered else old), _shown(after if reordered else new))
        return
    for index in range(max(len(before), len(after))):
        place = f"{field}[{index}]"
        if index >= len(after):
            yield Difference(place, _shown(before[index]), "")
        elif index >= len(before):
            yield Difference(place, "", _shown(after[index]))
        else:
            yield from differences(before[index], after[index], place)


def _without(these: Sequence[Any], others: Sequence[Any]) -> list[Any]:
    known = {msgspec.json.encode(item) for item in others}
    return [item for item in these if msgspec.json.encode(item) not in known]


def _shown(value: Any) -> str:
    return "" if value == [] else cut(msgspec.json.encode(value).decode(), MOST_CHARACTERS)
