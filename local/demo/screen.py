"""The live screen of a run: its waves and the newest timeline lines, fitted to the terminal."""

from collections.abc import Sequence

from rich.console import Console, Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from chalicelib.domain.runs.records import TimelineEvent, WaveRun
from chalicelib.domain.text import count_of
from local.demo.lines import CLOCK_WIDTH, STYLES, clock, elapsed, event_line, time_left, wave_clock, wrapped
from local.demo.tables import add_numbers, new_table
from local.demo.watching import Look

MOST_EVENTS = 9
"""The most timeline events that a screen shows."""

_FEWEST_EVENT_ROWS = 3
# The rest of the terminal is for the lines printed above: what people request and what is broken.
_SHARE_OF_THE_TERMINAL = 0.75


def render(console: Console, look: Look, events: Sequence[TimelineEvent]) -> RenderableType:
    """Draws the screen, never higher than the console; `events` are the newest events, oldest first."""
    width, height = console.size
    head = _head(console, look)
    rule = Rule("timeline", align="left", style="dim", characters="─")
    room = height - 1 - len(head) - 1
    waves = _waves_that_fit(console, look, room - _FEWEST_EVENT_ROWS)
    left = room - _height(console, waves)
    wanted = max(_FEWEST_EVENT_ROWS, left - round(height * (1 - _SHARE_OF_THE_TERMINAL)))
    return Group(*head, waves, rule, *_event_rows(console, look, events, width, min(left, wanted, MOST_EVENTS)))


def _head(console: Console, look: Look) -> list[Text]:
    """The plan and its progress, in one row if it fits, else in two."""
    execution = look.execution
    what = Text(f"{execution.mode} of {execution.plan_name}", style="bold", no_wrap=True, overflow="ellipsis")
    state = Text.assemble(
        (execution.status, STYLES.get(execution.status, "yellow")), f"   elapsed {elapsed(look)}   {time_left(look)}"
    )
    whole = Text("   ").join([what, state])
    return [whole] if whole.cell_len <= console.width else [what, state]


def _waves_that_fit(console: Console, look: Look, rows: int) -> RenderableType:
    """The table of all waves, or of the most current ones with a line about how many are left out."""
    for count in range(len(look.waves), 0, -1):
        shown = _most_current(look.waves, count)
        table = _wave_table(console, look, shown)
        if len(shown) == len(look.waves):
            whole: RenderableType = table
        else:
            whole = Group(table, Text(f"… and {count_of(len(look.waves) - len(shown), 'more wave')}", style="dim"))
        if count == 1 or _height(console, whole) <= rows:
            return whole
    return Group()


def _most_current(waves: Sequence[WaveRun], count: int) -> list[WaveRun]:
    """Chooses running waves first, then the next ones, then the last ended; returns them in plan order."""

    def urgency(wave: WaveRun) -> tuple[int, float]:
        if wave.status.is_final:
            return (2, -wave.ended_at.timestamp() if wave.ended_at else 0.0)
        return (1 if wave.started_at is None else 0, wave.wave_number)

    chosen = {wave.wave_number for wave in sorted(waves, key=urgency)[:count]}
    return [wave for wave in waves if wave.wave_number in chosen]


def _wave_table(console: Console, look: Look, waves: Sequence[WaveRun]) -> Table:
    table = new_table(console.width, expand=True)
    table.add_column("wave")
    table.add_column("after")
    table.add_column("status", no_wrap=True)
    add_numbers(table, "launched", "failed", "total")
    table.add_column("", ratio=1, min_width=4)
    add_numbers(table, "time", "planned")
    for wave in waves:
        table.add_row(
            f"{wave.wave_number} {wave.name}",
            ", ".join(map(str, wave.depends_on)) or "–",
            Text(wave.status, style=STYLES.get(wave.status, "dim")),
            str(wave.launched_count),
            Text(str(wave.failed_count), style="bold red" if wave.failed_count else "dim"),
            str(wave.server_count),
            ProgressBar(total=max(1, wave.server_count), completed=wave.launched_count + wave.failed_count),
            wave_clock(wave, look.at),
            clock(wave.expected_seconds),
        )
    return table


def _event_rows(
    console: Console, look: Look, events: Sequence[TimelineEvent], width: int, rows: int
) -> list[RenderableType]:
    """The newest events that fit into `rows` as a whole, padded with empty rows; only the newest may be cut."""
    shown: list[Text] = []
    for event in reversed(events):
        lines = wrapped(console, _event_text(event, look), width, indent=CLOCK_WIDTH)
        if shown and len(lines) + len(shown) > rows:
            break
        shown = [*lines[:rows], *shown]
    return [*shown, *[Text("")] * (rows - len(shown))]


def _event_text(event: TimelineEvent, look: Look) -> Text:
    bad = any(word in event.kind for word in ("FAIL", "REFUSED", "TIMED_OUT", "THROTTLE"))
    line = Text(event_line(event, look), style="red" if bad else "")
    line.stylize("dim", 0, CLOCK_WIDTH)
    return line


def _height(console: Console, renderable: RenderableType) -> int:
    return len(console.render_lines(renderable, pad=False))
