"""What fits on the screen: a terminal of 80 columns and 24 rows or more crops nothing that a person needs."""

import io
import signal
from typing import Any

import pytest
from rich.console import Console

from chalicelib.domain.runs.records import ExecutionStatus, TimelineEvent, WaveRun, WaveStatus
from chalicelib.operations.runs import ExecutionDetail
from local.demo.report import print_report
from local.demo.views import LiveView
from local.demo.watching import Look
from scripts.terminal import Terminal, in_terminal
from tests.local.conftest import REPOSITORY, local_environment
from tests.local.demo_runs import detail, ended, server, wave
from tests.local.test_demo import command
from tests.unit.domain.records import after

SIZES = [(80, 24), (100, 30), (200, 50)]
LIVE_HEADINGS = ("wave", "after", "status", "launched", "failed", "total", "time", "planned")
REPORT_HEADINGS = (
    "wave",
    "outcome",
    "planned s",
    "actual s",
    "DRS s",
    "overhead s",
    "launched",
    "failed",
    "total",
)
MESSAGES = (
    "The DRILL of 'Storefront and reporting' was started by operator@example.com.",
    "Wave 1 'database' starts: 5 servers.",
    "DRS took job drsjob-2289b6162dda38b3b in 222233334444/us-east-1: 3 servers.",
    "DRS took job drsjob-541eb1b95c3000887 in 333344445555/us-west-2: 2 servers.",
    "shop-app-2 did not launch: InsufficientInstanceCapacity: We currently do not have sufficient m5.xlarge capacity.",
    "Wave 1 waits for its approval; it is overdue after 2026-11-26T18:00:00Z.",
)


class Screen(io.StringIO):
    """A terminal of the given size that shows at once whatever is written to it."""

    def __init__(self, size: tuple[int, int]) -> None:
        super().__init__()
        self._terminal = Terminal(columns=size[0], rows=size[1])
        environment = {"TERM": "xterm"}
        self.console = Console(file=self, force_terminal=True, width=size[0], height=size[1], _environ=environment)

    def write(self, text: str) -> int:
        self._terminal.feed(text.replace("\n", "\r\n"))
        return len(text)

    def lines(self) -> list[str]:
        return self._terminal.screen()


def live_screen(size: tuple[int, int], *waves: WaveRun, messages: tuple[str, ...] = MESSAGES, **fields: Any) -> str:
    screen = Screen(size)
    news = tuple(
        TimelineEvent(f"event-{number}", "exec-1", after(number), "KIND", message, 1)
        for number, message in enumerate(messages)
    )
    known = {"plan_name": "Storefront and reporting", "status": ExecutionStatus.IN_PROGRESS}
    with LiveView(screen.console) as view:
        view.show(Look(at=after(3700), detail=detail(*waves, **known | fields), news=news))
        return "\n".join(screen.lines())


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("┃│ ").replace("┃", "│").split("│")]


def words(text: str) -> str:
    """The text without its line breaks."""
    return " ".join(text.split())


WAVES = (
    ended(1, name="database", server_count=5, launched_count=4, failed_count=1, status=WaveStatus.FAILED),
    wave(2, 1, name="app", status=WaveStatus.AWAITING_DECISION, started_at=after(30), server_count=120),
    wave(3, 1, 2, name="web", status=WaveStatus.AWAITING_APPROVAL, started_at=after(40), expected_seconds=5000),
    wave(4, name="reporting", status=WaveStatus.CANCELLED),
)


@pytest.mark.parametrize("size", SIZES)
def test_the_live_screen_shows_each_column_in_full(size: tuple[int, int]) -> None:
    lines = live_screen(size, *WAVES).splitlines()
    (heading,) = [line for line in lines if "planned" in line]
    assert [cell for cell in cells(heading) if cell] == list(LIVE_HEADINGS)
    rows = {cells(line)[0]: cells(line) for line in lines if "│" in line}
    assert rows.keys() == {"1 database", "2 app", "3 web", "4 reporting"}
    assert rows["1 database"][1:6] == ["–", "FAILED", "4", "1", "5"]
    assert rows["2 app"][1:6] == ["1", "AWAITING_DECISION", "0", "0", "120"]
    assert rows["3 web"][1:3] == ["1, 2", "AWAITING_APPROVAL"]
    assert rows["3 web"][-2:] == ["1:01:00", "1:23:20"]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("newest", range(1, len(MESSAGES) + 1))
def test_the_live_screen_shows_the_newest_line_of_the_timeline_in_full_and_last(
    size: tuple[int, int], newest: int
) -> None:
    screen = live_screen(size, *WAVES, messages=MESSAGES[:newest])
    assert "…" not in screen
    assert words(screen).endswith(f"Wave 1: {MESSAGES[newest - 1]}") or words(screen).endswith(MESSAGES[newest - 1])


@pytest.mark.parametrize("size", SIZES)
def test_the_head_of_the_screen_shows_what_runs_and_its_progress(size: tuple[int, int]) -> None:
    screen = live_screen(size, *WAVES, status=ExecutionStatus.PAUSED)
    assert screen.startswith("DRILL of Storefront and reporting")
    for text in ("PAUSED", "elapsed 1:01:40", "no forecast: the execution is older than forecasts"):
        assert text in screen


@pytest.mark.parametrize("size", SIZES)
def test_a_plan_of_many_waves_shows_those_that_run_and_the_newest_line(size: tuple[int, int]) -> None:
    running = wave(31, 30, name="the one that runs", status=WaveStatus.EXECUTING, started_at=after(30))
    screen = live_screen(size, *(ended(number) for number in range(1, 31)), running, *(wave(n) for n in range(32, 61)))
    assert "31 the one that" in screen
    assert "more waves" in screen
    assert words(screen).endswith(MESSAGES[-1])
    assert len(screen.splitlines()) < size[1]


@pytest.mark.parametrize("size", SIZES)
def test_a_long_name_is_wrapped_and_crops_nothing(size: tuple[int, int]) -> None:
    named = wave(5, name="payment gateways and everything that they need")
    screen = live_screen(size, *WAVES, named, plan_name="A plan with a name that is longer than most names of plans")
    assert "…" not in screen
    assert {"payment", "gateways", "everything"} <= set(words(screen.replace("│", " ")).split())


def ended_run() -> ExecutionDetail:
    waves = (*WAVES[:1], ended(2, 1, name="app"), ended(3, name="web"), WAVES[3])
    return detail(*waves, status=ExecutionStatus.PARTIAL, outcome_reason="25 of 28 servers launched.")


@pytest.mark.parametrize("size", SIZES)
def test_the_report_shows_each_column_in_full(size: tuple[int, int]) -> None:
    screen = Screen(size)
    print_report(screen.console, ended_run(), [server(1, 1)])
    lines = screen.lines()
    assert "…" not in "".join(lines)
    (heading,) = [line for line in lines if "planned s" in line]
    assert cells(heading) == list(REPORT_HEADINGS)
    rows = [cells(line) for line in lines if "│" in line]
    assert rows[0] == ["1 database", "FAILED", "30.0", "20.0", "18.0", "2.0", "4", "1", "5"]
    assert [row[0] for row in rows] == ["1 database", "2 app", "3 web", "4 reporting"]


@pytest.mark.slow
def test_a_person_sees_the_newest_line_then_the_result_and_finally_the_verdict() -> None:
    """Plays a whole run in the smallest terminal; the tests above draw the other sizes from given states."""
    columns, rows = SIZES[0]
    live: list[str] = []
    screen = ""
    with in_terminal(command(), columns=columns, rows=rows, cwd=REPOSITORY, env=local_environment()) as (
        process,
        looks,
    ):
        for terminal, is_whole in looks:
            screen = "\n".join(terminal.screen())
            if is_whole and "timeline ─" in screen:
                live.append(screen)
            if "All checks passed." in screen:
                process.send_signal(signal.SIGINT)
                break
        process.wait()
    # A busy machine may draw one live screen only, at the run's end; each of them ends with a whole line.
    assert [newest for newest in map(words, live) if not newest.endswith(".")] == []
    assert words(live[-1]).endswith("28 of 28 servers launched.")
    assert "…" not in "".join(live)
    lines = screen.splitlines()
    assert lines[-1] == "All checks passed."
    assert lines[-2] == "The local cloud is open until you press Ctrl-C; see above for how to call it."
    (heading,) = [line for line in lines if "planned s" in line]
    assert cells(heading) == list(REPORT_HEADINGS)
    assert [cells(line)[:2] for line in lines if "│" in line] == [
        ["1 database", "COMPLETED"],
        ["2 app", "COMPLETED"],
        ["3 web", "COMPLETED"],
        ["4 reporting", "COMPLETED"],
    ]
