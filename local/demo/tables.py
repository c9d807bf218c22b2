"""The frame of the demonstration's two tables of waves, which fits a terminal of 80 columns."""

from rich.box import HEAVY_HEAD
from rich.table import Table

_ROOMY = 100


def new_table(width: int, *, expand: bool = False) -> Table:
    """A table with the columns "wave" and the others still to come; bare between its lines where `width` is small."""
    roomy = width >= _ROOMY
    return Table(box=HEAVY_HEAD, show_edge=roomy, padding=(0, 1 if roomy else 0), expand=expand)


def add_numbers(table: Table, *names: str) -> None:
    """Columns whose headings and values are always shown whole."""
    for name in names:
        table.add_column(name, justify="right", no_wrap=True)
