"""Shows a run while it is followed: a live screen in a terminal, plain lines anywhere else."""

from collections import deque
from datetime import datetime
from types import TracebackType
from typing import Protocol

from rich.console import Console
from rich.live import Live

from chalicelib.domain.runs.records import TimelineEvent
from local.demo.lines import event_line, print_text, summary_line
from local.demo.screen import MOST_EVENTS, render
from local.demo.watching import Look

_PLAIN_EVERY_SECONDS = 10.0


class View(Protocol):
    """Shows one look after another; as a context manager it cleans up the screen at the end."""

    def __enter__(self) -> "View": ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None: ...

    def show(self, look: Look) -> None: ...


def choose_view(console: Console) -> View:
    """The live view if the console is a terminal whose lines can be overwritten, else the plain one."""
    return LiveView(console) if console.is_terminal and not console.is_dumb_terminal else PlainView(console)


class LiveView:
    """Waves, servers, times and the newest timeline lines, updated in place."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = Live(
            console=console, auto_refresh=False, transient=True, redirect_stdout=False, redirect_stderr=False
        )
        self._timelines: dict[str, deque[TimelineEvent]] = {}

    def __enter__(self) -> "LiveView":
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def show(self, look: Look) -> None:
        timeline = self._timelines.setdefault(look.execution.execution_id, deque(maxlen=MOST_EVENTS))
        timeline.extend(look.news)
        self._live.update(render(self._console, look, list(timeline)), refresh=True)


class PlainView:
    """A line for each new event, and a summary every ten seconds."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._summarized_at: datetime | None = None

    def __enter__(self) -> "PlainView":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        return

    def show(self, look: Look) -> None:
        for event in look.news:
            print_text(self._console, event_line(event, look))
        if self._summarized_at is None or (look.at - self._summarized_at).total_seconds() >= _PLAIN_EVERY_SECONDS:
            self._summarized_at = look.at
            print_text(self._console, summary_line(look))
