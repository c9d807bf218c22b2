"""Figures of the whole installation that are kept by name, so that showing them costs one read."""

from datetime import datetime
from enum import StrEnum
from typing import TypeVar

import msgspec

from ..typed_json import read_json

T = TypeVar("T")


class FigureName(StrEnum):
    ESTATE = "estate"
    SYNCS = "syncs"
    OUTCOMES = "outcomes"
    DRILLS = "drills"
    EVIDENCE_AUDIT = "evidence-audit"
    EVIDENCE_TIMELINE = "evidence-timeline"


class KeptFigures(msgspec.Struct, frozen=True):
    """One kind of figures as JSON text, true at ``as_of``.

    ``problem`` is why they could not be kept since; empty if they could. Without ``as_of`` they never could.
    """

    name: FigureName
    as_of: datetime | None
    value: str
    problem: str = ""


def read_kept(kept: KeptFigures | None, kind: type[T]) -> T | None:
    """The figures as a record; None if they never were kept, or in the form of another release."""
    if kept is None or kept.as_of is None:
        return None
    try:
        return read_json(kept.value, kind)
    except msgspec.MsgspecError:
        return None
