"""What a check of a plan says of waves that would wait for quotas."""

from collections.abc import Sequence
from datetime import timedelta

from chalicelib.domain.estate.accounts import Place
from chalicelib.domain.estate.groups import Impact
from chalicelib.domain.estate.quotas import Load
from chalicelib.domain.estate.servers import Finding, OperatingSystem, Readiness
from chalicelib.domain.launches.place_lines import PlaceLine, place_line
from chalicelib.domain.launches.place_order import WaitingServer
from chalicelib.domain.launches.would_queue import queue_findings
from chalicelib.domain.runs.planned_servers import PlannedServer
from chalicelib.domain.runs.records import Mode
from tests.unit.domain.records import NOON, a_plan
from tests.unit.domain.test_place_order import a_line

HERE = Place("222233334444", "us-east-1")
SOON = NOON + timedelta(minutes=1)


def planned(count: int, wave: int = 1, *, blocked: bool = False) -> list[PlannedServer]:
    findings = (Finding(Readiness.BLOCKED, "CODE", "reason", "remedy"),) if blocked else ()
    return [
        PlannedServer(
            wave_number=wave,
            source_server_id=f"s-{wave}-{index}",
            hostname=f"host-{index}",
            account_id=HERE.account_id,
            region=HERE.region,
            group_id="group",
            os=OperatingSystem.LINUX,
            impact=Impact.CRITICAL,
            findings=findings,
        )
        for index in range(count)
    ]


def in_line(mode: Mode = Mode.RECOVERY, count: int = 600) -> PlaceLine:
    line = a_line("other", linux=count, mode=mode)
    waiting = [WaitingServer(each.server_id, each.kind, each.expected_seconds) for each in line.servers]
    return place_line(HERE, line, waiting, names=("Stock", "all"), fresh_until=SOON)


def reasons(
    servers: Sequence[PlannedServer],
    load: Load | None,
    *lines: PlaceLine,
    mode: Mode = Mode.RECOVERY,
    priority: int = 3,
    minutes: int = 0,
) -> list[str]:
    now = NOON + timedelta(minutes=minutes)
    loads = {} if load is None else {HERE: load}
    start = a_plan(priority=priority), mode
    found = queue_findings(start, servers, loads, {HERE: lines}, now=now, pace=1.0)
    assert all((each.code, each.readiness) == ("WOULD_QUEUE", Readiness.DEGRADED) for each in found)
    return [each.reason for each in found]


def test_each_wave_that_does_not_fit_says_how_many_wait_and_for_how_long() -> None:
    servers = [*planned(30), *planned(10, 2), *planned(50, 3, blocked=True)]
    (first,) = reasons(servers, Load(jobs=5, servers=480))
    assert first == (
        "Wave 1 launches 30 servers in 222233334444/us-east-1, where the DRS quotas allow only 20 more now; 10 would "
        "wait in the queue. Its next launch is expected within 5 minutes."
    )
    assert reasons(servers, Load()) == []
    assert reasons(servers, None) == [], "its jobs could not be read, which is a finding of its own"


def test_what_waits_there_and_comes_first_is_named() -> None:
    (reason,) = reasons(planned(10), Load(), in_line())
    assert "10 would wait in the queue, behind wave 1 'all' of the RECOVERY of 'Stock'. Its next launch" in reason
    (drill,) = reasons(planned(600), Load(), in_line(Mode.DRILL))
    assert "100 would wait in the queue. Its" in drill, "a recovery waits behind no drill"
    assert len(reasons(planned(10), Load(), in_line(Mode.DRILL), mode=Mode.DRILL)) == 1, "an older drill goes first"
    assert reasons(planned(10), Load(), in_line(), priority=1) == [], "a more urgent plan does not wait"


def test_a_line_that_is_not_renewed_any_more_does_not_count() -> None:
    assert reasons(planned(10), Load(), in_line(), minutes=2) == []
