"""Writes how the evidence of a log stands. Only the writer of the evidence writes these figures."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from pynamodb.exceptions import UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from ....domain.access.evidence_standing import SealedFigures, Tampering, with_tampering
from ....domain.errors import Unavailable
from ....domain.estate.figures import FigureName, read_kept
from ...failures import condition_failed
from ...tables.figures import FIGURES, FiguresItem

_NOTHING = msgspec.json.encode(SealedFigures()).decode()
_TRIES = 5
"""How often another batch may be faster."""


def record_sealed(name: FigureName, until: datetime) -> None:
    """Records that everything until then is sealed, and that the last batch did not fail. A later time stays."""
    item = FiguresItem
    actions: list[Action] = [item.as_of.set(until), item.value.set(item.value | _NOTHING), item.problem.remove()]
    try:
        item(name=name).update(actions, condition=_none_is_later(until))
    except UpdateError as error:
        if not condition_failed(error):
            raise
        item(name=name).update([item.problem.remove()])


def record_not_sealed(name: FigureName, problem: str) -> None:
    """Records why a batch could not be sealed. No condition: the newest failure is the one that is shown."""
    item = FiguresItem
    item(name=name).update([item.problem.set(problem), item.value.set(item.value | _NOTHING)])


def record_tampering(name: FigureName, found: Sequence[Tampering]) -> None:
    """Adds changes by hand to those that are kept. Raises Unavailable when other batches keep being faster."""
    for _ in range(_TRIES):
        item = FiguresItem.get(name, consistent_read=True)
        kept = read_kept(FIGURES.to_record(item), SealedFigures) or SealedFigures()
        changed = msgspec.json.encode(with_tampering(kept, found)).decode()
        try:
            FiguresItem(name=name).update([FiguresItem.value.set(changed)], condition=_value_is_as_read(item.value))
        except UpdateError as error:
            if not condition_failed(error):
                raise
        else:
            return
    raise Unavailable("Other batches kept changing the figures of the evidence.")


def _none_is_later(until: datetime) -> Condition:
    none: Condition = FiguresItem.as_of.does_not_exist() | (FiguresItem.as_of <= until)
    return none


def _value_is_as_read(value: str) -> Condition:
    is_same: Condition = FiguresItem.value == value
    return is_same
