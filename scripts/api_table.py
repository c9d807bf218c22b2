"""Writes the table of operations in docs/api.md from the declarations in the code.

python -m scripts.api_table            write the table
python -m scripts.api_table --check    fail when the table differs from the code
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from chalicelib.api.resources import routes_of
from chalicelib.operations import Operation
from chalicelib.operations.table import OPERATIONS

PAGE = Path(__file__).resolve().parent.parent / "docs" / "api.md"
HEAD = "| REST | operation | side | permission | what it does |"


def main(arguments: Sequence[str]) -> int:
    """Writes or checks the table; returns 1 if `--check` finds a difference."""
    parser = argparse.ArgumentParser(prog="python -m scripts.api_table", description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="change nothing; fail when the table is not up to date")
    text = PAGE.read_text()
    wanted = with_table(text)
    if text == wanted:
        return 0
    if parser.parse_args(arguments).check:
        print("The table in docs/api.md differs from the code. Run `make config` and commit the result.")
        return 1
    PAGE.write_text(wanted)
    print("wrote the table in docs/api.md")
    return 0


def with_table(text: str) -> str:
    """Returns the page with the table from the code. Raises ValueError for a page without a table."""
    before, table, after = text.partition(HEAD)
    if not table:
        raise ValueError(f"No table has the head {HEAD}")
    rows = [HEAD, "| --- | --- | --- | --- | --- |", *(_row(operation) for operation in OPERATIONS.values())]
    _, blank_line, rest = after.partition("\n\n")
    return before + "\n".join(rows) + (blank_line + rest if blank_line else "\n")


def _row(operation: Operation) -> str:
    routes = "<br>".join(f"`{route.method} {route.path}`" for route in routes_of(operation.name)) or "–"
    rule = operation.permission_rule
    permission = rule.__doc__ if rule else operation.permission.value
    return f"| {routes} | {operation.name} | {operation.side} | {permission} | {operation.summary} |"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
