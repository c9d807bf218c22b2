"""What is shown while a drill runs and after it; no cloud is started."""

import io
import json

from msgspec.structs import replace
from rich.console import Console

from chalicelib.domain.estate.accounts import Place
from chalicelib.domain.estate.servers import OperatingSystem
from chalicelib.domain.runs.launches_ahead import launches_ahead
from chalicelib.domain.runs.records import ExecutionStatus, ServerStatus, TimelineEvent, WaveRun, WaveStatus
from chalicelib.operations.runs import ExecutionDetail
from local.demo.lines import time_left
from local.demo.report import print_report, summary
from local.demo.views import LiveView, PlainView, choose_view
from local.demo.watching import Look
from tests.local.demo_runs import detail, ended, server, wave
from tests.unit.domain.records import NOON, after

LAUNCHES = launches_ahead([(Place("222233334444", "us-east-1"), OperatingSystem.LINUX, 30.0)])


def event(number: int, message: str, wave_number: int | None = None) -> TimelineEvent:
    return TimelineEvent(f"event-{number}", "exec-1", after(number), "KIND", message, wave_number)


def console(*, terminal: bool) -> Console:
    return Console(file=io.StringIO(), force_terminal=terminal, width=120, height=40, _environ={"TERM": "xterm"})


def printed(used: Console) -> str:
    assert isinstance(used.file, io.StringIO)
    return used.file.getvalue()


def test_the_time_left_is_the_forecast_of_the_api_or_the_reason_why_there_is_none() -> None:
    def left(at: float, seen: ExecutionDetail) -> str:
        return time_left(Look(at=after(at), detail=seen, news=()))

    assert left(0, forecast_to(30)) == "about 0:30 to go"
    assert left(10, forecast_to(30)) == "about 0:20 to go"
    assert left(100, forecast_to(30)) == "about 0:00 to go", "an end that has passed"
    assert (
        left(0, detail(wave(1, launches=LAUNCHES), status=ExecutionStatus.PAUSED)) == "no forecast while it is paused"
    )
    assert left(0, detail(wave(1, launches=LAUNCHES), status=ExecutionStatus.COMPLETED)) == "ended"


def forecast_to(end: float, *waves: WaveRun) -> ExecutionDetail:
    """A run whose end is forecast for so many seconds after noon."""
    seen = detail(*waves or [wave(1)])
    return replace(seen, forecast=replace(seen.forecast, end_at=after(end), reason=""))


def test_a_terminal_gets_the_live_view_and_anything_else_plain_lines() -> None:
    assert isinstance(choose_view(console(terminal=True)), LiveView)
    assert isinstance(choose_view(console(terminal=False)), PlainView)


def test_the_live_view_shows_waves_servers_times_and_the_newest_lines() -> None:
    used = console(terminal=True)
    waves = [ended(1), wave(2, 1, status=WaveStatus.EXECUTING, started_at=after(20), failed_count=1)]
    news = tuple(event(number, f"line {number}", 2) for number in range(30))
    with LiveView(used) as view:
        view.show(Look(at=after(25), detail=forecast_to(30, *waves), news=news))
    screen = printed(used)
    for text in (
        "DRILL of Shop",
        "IN_PROGRESS",
        "elapsed 0:25",
        "about 0:05 to go",
        "1 tier 1",
        "EXECUTING",
        "line 29",
    ):
        assert text in screen
    assert "line 9 " not in screen


def test_plain_lines_show_each_event_once_and_a_summary_now_and_then() -> None:
    used = console(terminal=False)
    with PlainView(used) as view:
        view.show(Look(at=NOON, detail=detail(wave(1)), news=(event(0, "It begins."),)))
        view.show(Look(at=after(3), detail=detail(wave(1)), news=(event(3, "3 servers launched.", 1),)))
        view.show(Look(at=after(11), detail=detail(ended(1)), news=()))
    lines = [line.strip() for line in printed(used).splitlines()]
    assert lines[0] == "0:00 It begins."
    assert lines[2] == "0:03 Wave 1: 3 servers launched."
    assert [line for line in lines if "launched, " in line] == [lines[1], lines[3]]
    assert "1 of 1 server launched, 0 failed" in lines[3]


def test_the_report_names_times_counts_and_failed_servers_with_their_error() -> None:
    waves = (ended(1), ended(2, 1, status=WaveStatus.FAILED, launched_count=0, failed_count=1), wave(3, 2))
    run = detail(*waves, status=ExecutionStatus.PARTIAL, outcome_reason="1 of 3 servers launched.", ended_at=after(41))
    servers = [
        server(1, 1),
        server(2, 2, status=ServerStatus.FAILED, error="No capacity."),
        server(3, 3, status=ServerStatus.NOT_STARTED),
    ]
    used = console(terminal=False)
    print_report(used, run, servers)
    report = printed(used)
    for text in (
        "Total                41.0 s",
        "36.0 s in DRS jobs (waves 1 → 2)",
        "Overhead             5.0 s (13.9 % of the critical path)",
        "PARTIAL  1 of 3 servers launched.",
        "FAILED host-2 (CRITICAL, wave 2): No capacity.",
        "NOT_STARTED: 1 server of wave 3",
    ):
        assert text in report


def test_the_json_object_has_exactly_the_promised_fields() -> None:
    run = detail(ended(1), wave(2, 1), status=ExecutionStatus.PARTIAL)
    shown = json.loads(json.dumps(summary(run)))
    assert list(shown) == ["outcome", "executionId", "totalSeconds", "criticalPathSeconds", "waves"]
    assert shown["waves"][0] == {
        "number": 1,
        "outcome": "COMPLETED",
        "plannedSeconds": 30.0,
        "actualSeconds": 20.0,
        "overheadSeconds": 2.0,
        "serversLaunched": 1,
        "serversFailed": 0,
    }
    assert shown["waves"][1]["actualSeconds"] is None
