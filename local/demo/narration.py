"""Prints what people request, what the API answers and what is broken on purpose, between timeline lines."""

from rich.console import Console
from rich.text import Text

from local.demo.lines import CLOCK_WIDTH, clock_of, print_text
from local.demo.watching import Look


class Narrator:
    """Prints lines that stay on the screen: above a live view, or between plain lines."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def does(self, look: Look | None, actor: str, action: str, note: str = "") -> None:
        """Prints an action; `note` is the reason for it; `look` is None before the start of the run."""
        self._print("" if look is None else clock_of(look), f"» {actor}: {action}", note, style="bold")

    def sends(self, request: str, comment: str = "") -> None:
        """Prints the request that is sent for the action."""
        self._print("", f"  {request}", f'"{comment}"' if comment else "", style="dim")

    def answers(self, statement: str) -> None:
        """Prints the statement of the API."""
        self._print("", f"« {statement}", style="green")

    def finds(self, problem: str) -> None:
        """Prints a problem that the API has found."""
        self._print("", f"« {problem}", style="dark_orange")

    def refuses(self, problem: str) -> None:
        """Prints why the API refused the request."""
        self._print("", f"« refused: {problem}", style="dark_orange")

    def breaks(self, look: Look | None, fault: str, note: str = "") -> None:
        """Prints what is broken on purpose; `look` is None before the start of the run."""
        self._print("" if look is None else clock_of(look), f"✗ {fault}", note, style="bold red")

    def _print(self, clock: str, line: str, note: str = "", *, style: str) -> None:
        text = Text.assemble(f"{clock:>{CLOCK_WIDTH - 1}} ", (line, style), (f"  ({note})" if note else "", "dim"))
        print_text(self._console, text, indent=CLOCK_WIDTH + 2)
