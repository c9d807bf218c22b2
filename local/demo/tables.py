"""Makes the demonstration's two tables of waves, which fit a terminal of 80 columns."""

from rich.box import HEAVY_HEAD
from rich.table import Table

_ROOMY = 100


def new_table(width: int, *, expand: bool = False) -> Table:
    """Makes a table without columns; it has neither edges nor padding where `width` is small."""
    roomy = width >= _ROOMY
    return Table(box=HEAVY_HEAD, show_edge=roomy, padding=(0, 1 if roomy else 0), expand=expand)


def add_numbers(table: Table, *names: str) -> None:
    """Adds columns of numbers, whose headings and values are never wrapped or cut."""
    for name in names:
        table.add_column(name, justify="right", no_wrap=True)
