"""Reads the figures that are kept of the whole installation."""

from ....domain.estate.figures import FigureName, KeptFigures
from ...tables.figures import FIGURES, FiguresItem


def read_figures() -> dict[FigureName, KeptFigures]:
    """All figures that were ever kept, by name. Costs one request."""
    kept = map(FIGURES.to_record, FiguresItem.batch_get(list(FigureName)))
    return {figures.name: figures for figures in kept}
