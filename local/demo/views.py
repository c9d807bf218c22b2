"""What a person sees while a drill runs: a live screen in a terminal, plain lines anywhere else."""

from collections import deque
from datetime import datetime
from types import TracebackType
from typing import Protocol

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from chalicelib.domain.runs.records import ExecutionStatus, TimelineEvent, WaveRun, WaveStatus
from local.demo.forecast import expected_end
from local.demo.watching import Look

_TIMELINE_LINES = 9
_PLAIN_EVERY_SECONDS = 10.0

STYLES: dict[str, str] = {
    WaveStatus.EXECUTING: "yellow",
    WaveStatus.QUEUED: "yellow",
    WaveStatus.VALIDATING: "yellow",
    WaveStatus.AWAITING_APPROVAL: "magenta",
    WaveStatus.AWAITING_DECISION: "magenta",
    WaveStatus.COMPLETED: "green",
    WaveStatus.FAILED: "bold red",
    WaveStatus.TIMED_OUT: "bold red",
    WaveStatus.SKIPPED: "cyan",
    WaveStatus.CANCELLED: "red",
    ExecutionStatus.PARTIAL: "bold dark_orange",
}


class View(Protocol):
    """Shows one look after another; a context manager, which leaves the screen tidy."""

    def __enter__(self) -> "View": ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None: ...

    def show(self, look: Look) -> None: ...


def choose_view(console: Console) -> View:
    """The live view where the console is a terminal that can be written over, else the plain one."""
    return LiveView(console) if console.is_terminal and not console.is_dumb_terminal else PlainView(console)


class LiveView:
    """Waves, servers, times and the newest lines of the timeline, written over in place."""

    def __init__(self, console: Console) -> None:
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
        timeline = self._timelines.setdefault(look.execution.execution_id, deque(maxlen=_TIMELINE_LINES))
        timeline.extend(look.news)
        self._live.update(render(look, list(timeline)), refresh=True)


class PlainView:
    """A line for each new event, and one on the whole every ten seconds."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._told_at: datetime | None = None

    def __enter__(self) -> "PlainView":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        return

    def show(self, look: Look) -> None:
        for event in look.news:
            self._print(_event_line(event, look))
        if self._told_at is None or (look.at - self._told_at).total_seconds() >= _PLAIN_EVERY_SECONDS:
            self._told_at = look.at
            self._print(_summary_line(look))

    def _print(self, line: str) -> None:
        # Soft: lines that programs read are not broken at a width that nobody has.
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)


def render(look: Look, timeline: list[TimelineEvent]) -> RenderableType:
    """The live screen of one look."""
    execution = look.execution
    head = Text.assemble(
        (f"{execution.mode} of {execution.plan_name}", "bold"),
        "   ",
        (execution.status, STYLES.get(execution.status, "yellow")),
        f"   elapsed {_clock(_elapsed(look, look.at))}   {_eta(look)}",
    )
    lines = Text("\n").join(_event_text(event, look) for event in timeline)
    panel = Panel(lines, title="timeline", title_align="left", border_style="dim", height=_TIMELINE_LINES + 2)
    return Group(head, _wave_table(look), panel)


def clock_of(look: Look) -> str:
    """How long ago the run of a look was started, as its lines begin; goes on after its end."""
    return _clock((look.at - look.execution.started_at).total_seconds())


def _wave_table(look: Look) -> Table:
    table = Table(expand=True)
    table.add_column("wave", no_wrap=True)
    table.add_column("after", no_wrap=True)
    table.add_column("status", no_wrap=True)
    for name in ("launched", "failed", "total"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("", ratio=1, min_width=10)
    table.add_column("time", justify="right", no_wrap=True)
    table.add_column("planned", justify="right", no_wrap=True)
    for wave in look.waves:
        table.add_row(
            f"{wave.wave_number} {wave.name}",
            ", ".join(map(str, wave.depends_on)) or "–",
            Text(wave.status, style=STYLES.get(wave.status, "dim")),
            str(wave.launched_count),
            Text(str(wave.failed_count), style="bold red" if wave.failed_count else "dim"),
            str(wave.server_count),
            ProgressBar(total=max(1, wave.server_count), completed=wave.launched_count + wave.failed_count),
            _wave_clock(wave, look.at),
            _clock(wave.expected_seconds),
        )
    return table


def _event_text(event: TimelineEvent, look: Look) -> Text:
    bad = any(word in event.kind for word in ("FAIL", "REFUSED", "TIMED_OUT", "THROTTLE"))
    line = Text(_event_line(event, look), style="red" if bad else "", no_wrap=True, overflow="ellipsis")
    line.stylize("dim", 0, 9)
    return line


def _event_line(event: TimelineEvent, look: Look) -> str:
    wave = "" if event.wave_number is None or event.message.startswith("Wave") else f"Wave {event.wave_number}: "
    return f"{_clock(_elapsed(look, event.at)):>8} {wave}{event.message}"


def _summary_line(look: Look) -> str:
    running = [f"{wave.wave_number} {wave.name}" for wave in look.waves if wave.started_at and not wave.ended_at]
    launched = sum(wave.launched_count for wave in look.waves)
    failed = sum(wave.failed_count for wave in look.waves)
    return (
        f"{_clock(_elapsed(look, look.at)):>8} {look.execution.status}: {launched} launched, {failed} failed, "
        f"{look.execution.server_count} in all; running: {', '.join(running) or 'none'}; {_eta(look)}"
    )


def _eta(look: Look) -> str:
    if look.has_ended:
        return "ended"
    left = (expected_end(look.waves, now=look.at) - look.at).total_seconds()
    return f"about {_clock(left)} {'from its resume' if look.execution.status is ExecutionStatus.PAUSED else 'to go'}"


def _wave_clock(wave: WaveRun, now: datetime) -> str:
    start = wave.started_at
    return "" if start is None else _clock(((wave.ended_at or now) - start).total_seconds())


def _elapsed(look: Look, moment: datetime) -> float:
    return ((look.execution.ended_at or moment) if look.has_ended and moment is look.at else moment).timestamp() - (
        look.execution.started_at.timestamp()
    )


def _clock(seconds: float) -> str:
    whole = max(0, round(seconds))
    return (
        f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}" if whole >= 3600 else f"{whole // 60}:{whole % 60:02}"
    )
