"""The text and colours of the demonstration's output, for the live screen and for plain lines."""

from datetime import datetime

from rich.console import Console
from rich.text import Text

from chalicelib.domain.runs.records import ExecutionStatus, TimelineEvent, WaveRun, WaveStatus
from chalicelib.domain.text import count_of
from local.demo.watching import Look

CLOCK_WIDTH = 9
"""The width in columns of the clock at the start of a line, including the space after it."""

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


def print_text(console: Console, text: str | Text, *, style: str = "", indent: int = 0) -> None:
    """Prints a line, wrapped between words in a terminal and in one piece anywhere else.

    `indent` is where the second and later rows of a wrapped line begin.
    """
    line = Text(text) if isinstance(text, str) else text
    if not console.is_terminal:
        console.print(line, style=style, soft_wrap=True)
        return
    for row in wrapped(console, line, console.width, indent=indent):
        console.print(row, style=style)


def wrapped(console: Console, line: Text, width: int, *, indent: int) -> list[Text]:
    """Wraps a line between words into rows of `width` columns; rows after the first begin at `indent`."""
    rows = line.wrap(console, width)
    if len(rows) == 1:
        return list(rows)
    first = rows[0]
    rest = line[len(first.plain) :]
    # Wrapping drops the spaces at the end of a row.
    rest = rest[len(rest.plain) - len(rest.plain.lstrip()) :]
    return [first, *(Text(" " * indent).append_text(row) for row in rest.wrap(console, max(1, width - indent)))]


def clock(seconds: float) -> str:
    """Formats seconds as minutes and seconds, with hours if there are any."""
    whole = max(0, round(seconds))
    return (
        f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}" if whole >= 3600 else f"{whole // 60}:{whole % 60:02}"
    )


def clock_of(look: Look) -> str:
    """The time since the start of the run, for the start of a line; also counts after the end of the run."""
    return clock((look.at - look.execution.started_at).total_seconds())


def elapsed(look: Look) -> str:
    """The duration of the run so far, or of the whole run when it has ended."""
    end = look.execution.ended_at or look.at if look.has_ended else look.at
    return clock((end - look.execution.started_at).total_seconds())


def wave_clock(wave: WaveRun, now: datetime) -> str:
    """The duration of a wave so far; empty before its start."""
    start = wave.started_at
    return "" if start is None else clock(((wave.ended_at or now) - start).total_seconds())


def event_line(event: TimelineEvent, look: Look) -> str:
    """One event of the timeline, with the time since the start of the run."""
    wave = "" if event.wave_number is None or event.message.startswith("Wave") else f"Wave {event.wave_number}: "
    at = clock((event.at - look.execution.started_at).total_seconds())
    return f"{at:>{CLOCK_WIDTH - 1}} {wave}{event.message}"


def summary_line(look: Look) -> str:
    """The progress of the whole run in one line."""
    running = [f"{wave.wave_number} {wave.name}" for wave in look.waves if wave.started_at and not wave.ended_at]
    launched = sum(wave.launched_count for wave in look.waves)
    failed = sum(wave.failed_count for wave in look.waves)
    return (
        f"{elapsed(look):>{CLOCK_WIDTH - 1}} {look.execution.status}: {launched} of "
        f"{count_of(look.execution.server_count, 'server')} launched, {failed} failed; "
        f"waves running: {', '.join(running) or 'none'}; {time_left(look)}"
    )


def time_left(look: Look) -> str:
    """The time until the end of the run by the API's forecast, or why there is none."""
    if look.has_ended:
        return "ended"
    forecast = look.detail.forecast
    if forecast.end_at is None:
        return forecast.reason
    return f"about {clock((forecast.end_at - look.at).total_seconds())} to go"
