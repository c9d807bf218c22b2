"""The lines between those of the timeline: what people ask for, what the API answers, what breaks on purpose."""

from rich.console import Console
from rich.text import Text

from local.demo.lines import CLOCK_WIDTH, clock_of, print_text
from local.demo.watching import Look


class Narrator:
    """Prints lines that stay on the screen: above a live view, or between plain lines."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def does(self, look: Look, who: str, words: str, note: str = "") -> None:
        """Somebody does something, and why."""
        self._print(clock_of(look), f"» {who}: {words}", note, style="bold")

    def sends(self, request: str, comment: str = "") -> None:
        """The request that is sent for it."""
        self._print("", f"  {request}", f'"{comment}"' if comment else "", style="dim")

    def answers(self, statement: str) -> None:
        """What the API says will happen."""
        self._print("", f"« {statement}", style="green")

    def refuses(self, problem: str) -> None:
        """Why the API does not do it."""
        self._print("", f"« refused: {problem}", style="dark_orange")

    def breaks(self, look: Look | None, words: str, note: str = "") -> None:
        """Something is broken on purpose; `look` None: before the run."""
        self._print("" if look is None else clock_of(look), f"✗ {words}", note, style="bold red")

    def _print(self, clock: str, words: str, note: str = "", *, style: str) -> None:
        text = Text.assemble(f"{clock:>{CLOCK_WIDTH - 1}} ", (words, style), (f"  ({note})" if note else "", "dim"))
        print_text(self._console, text, indent=CLOCK_WIDTH + 2)
