"""Writes the figures that are kept of the whole installation."""

from pynamodb.exceptions import PutError
from pynamodb.expressions.condition import Condition

from ....domain.estate.figures import KeptFigures
from ...failures import condition_failed
from ...tables.figures import FIGURES, FiguresItem


def save_figures(figures: KeptFigures) -> None:
    """Replaces one kind of figures, unless later ones are kept already."""
    try:
        FIGURES.to_item(figures).save(condition=_none_are_later(figures))
    except PutError as error:
        if not condition_failed(error):
            raise


def _none_are_later(figures: KeptFigures) -> Condition:
    none: Condition = FiguresItem.as_of.does_not_exist()
    return none | (FiguresItem.as_of <= figures.as_of) if figures.as_of else none
