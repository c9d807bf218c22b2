"""The table of the figures of the whole installation."""

from pynamodb.attributes import UnicodeAttribute, UTCDateTimeAttribute

from ...domain.estate.figures import FigureName, KeptFigures
from ..records import Stored
from .base import EnumAttribute, Table, table_name


class FiguresItem(Table):
    """One kind of figures; ``value`` is their record as JSON text."""

    class Meta:
        table_name = table_name("figures")

    name = EnumAttribute[FigureName](FigureName, hash_key=True)
    as_of = UTCDateTimeAttribute(null=True)
    value = UnicodeAttribute()
    problem = UnicodeAttribute(null=True)


FIGURES = Stored(KeptFigures, FiguresItem)
