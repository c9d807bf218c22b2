"""Draws the demonstration's live screen as an SVG file, from a real run in a terminal of 100 columns and 30 rows.

python -m scripts.demo_picture docs/pictures/demo.svg     (`make picture`)
"""

import io
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from scripts.terminal import Terminal, in_terminal

REPOSITORY = Path(__file__).resolve().parent.parent
COLUMNS, ROWS = 100, 30
# Wave 2 is running, and some of its servers have launched.
WANTED_SCREEN = re.compile(r"2 app +│ 1 +│ EXECUTING +│ +[1-9]")
FONTS = "ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace"


def main(arguments: Sequence[str]) -> int:
    """Runs the demonstration until its screen shows the wanted state, and writes a picture of it."""
    (target,) = arguments
    command = [sys.executable, "-m", "local.demo", "--exit"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    with in_terminal(command, columns=COLUMNS, rows=ROWS, cwd=REPOSITORY, env=environment) as (_, looks):
        for terminal, is_whole in looks:
            if is_whole and WANTED_SCREEN.search("\n".join(terminal.screen())):
                Path(target).parent.mkdir(parents=True, exist_ok=True)
                Path(target).write_text(draw(terminal, title="make demo"), encoding="utf-8")
                return 0
    print(
        "The run ended before its screen showed the wanted state, so no picture was written. Try again.",
        file=sys.stderr,
    )
    return 1


def draw(terminal: Terminal, *, title: str) -> str:
    """Draws the visible part of a terminal as SVG that loads no fonts."""
    console = Console(record=True, width=terminal.columns, file=io.StringIO(), force_terminal=True)
    console.print(Text.from_ansi(terminal.coloured(), no_wrap=True))
    svg = console.export_svg(title=title, unique_id="demo")
    svg = re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL)
    svg = svg.replace("font-family: Fira Code, monospace", f"font-family: {FONTS}")
    return "\n".join(line.rstrip() for line in svg.splitlines()) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
