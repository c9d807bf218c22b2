"""Changes of more than the hundred items of a transaction: all of them are written, and reported once."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.domain.estate.groups import Impact
from chalicelib.domain.estate.servers import OperatingSystem
from chalicelib.domain.launches.progress import ServerChange
from chalicelib.domain.plans.plans import OnFailure
from chalicelib.domain.runs.events import EventKind
from chalicelib.domain.runs.records import (
    Execution,
    ExecutionStatus,
    Mode,
    ServerRun,
    ServerStatus,
    TimelineEvent,
    WaveRun,
    WaveStatus,
)
from chalicelib.execution.notices.events import new_event
from chalicelib.ids import new_id
from chalicelib.store.reads.runs.executions import get_execution, get_wave, get_wave_servers
from chalicelib.store.tables.runs import (
    EXECUTIONS,
    SERVER_RUNS,
    WAVE_RUNS,
    ExecutionEventItem,
    ServerRunItem,
    WaveRunItem,
)
from chalicelib.store.writes.runs.executions import resume_execution
from chalicelib.store.writes.runs.retries import open_next_attempt
from chalicelib.store.writes.runs.servers import close_servers, record_changes
from local.cloud import LocalCloud

NOW = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def execution_id(cloud: LocalCloud) -> str:
    return new_id("exec")


def a_wave(execution_id: str, number: int = 1, **known: Any) -> None:
    run = WaveRun(
        execution_id=execution_id,
        wave_number=number,
        name="Wave",
        depends_on=(),
        on_failure=OnFailure.PAUSE,
        min_success_percent=None,
        timeout_minutes=60,
        delay_seconds=0,
        **known,
    )
    WAVE_RUNS.to_item(run).save()


def an_execution(execution_id: str, status: ExecutionStatus, **known: Any) -> None:
    execution = Execution(
        execution_id=execution_id,
        plan_id=new_id("plan"),
        plan_version=1,
        plan_name="Plan",
        mode=Mode.DRILL,
        status=status,
        started_at=NOW,
        initiated_by="Ada",
        wave_count=120,
        **known,
    )
    EXECUTIONS.to_item(execution).save()


def servers_of(execution_id: str, count: int, status: ServerStatus) -> list[ServerRun]:
    with ServerRunItem.batch_write() as batch:
        for number in range(count):
            run = ServerRun(
                execution_id=execution_id,
                wave_number=1,
                source_server_id=f"s-{number:03}",
                hostname="host",
                account_id="222233334444",
                region="us-east-1",
                group_id="pg-1",
                os=OperatingSystem.LINUX,
                impact=Impact.CRITICAL,
                status=status,
            )
            batch.save(SERVER_RUNS.to_item(run))
    return get_wave_servers(execution_id, 1)


def a_line(execution_id: str, kind: EventKind) -> TimelineEvent:
    return new_event(execution_id, NOW, kind, "A line.", wave_number=1)


def lines(execution_id: str) -> list[str]:
    return [item.kind for item in ExecutionEventItem.query(execution_id)]


def test_another_attempt_opens_every_server(execution_id: str) -> None:
    a_wave(execution_id, status=WaveStatus.AWAITING_DECISION)
    an_execution(execution_id, ExecutionStatus.IN_PROGRESS)
    servers = servers_of(execution_id, 150, ServerStatus.FAILED)
    event = a_line(execution_id, EventKind.WAVE_RETRIED)
    seen = get_wave(execution_id, 1)

    def again() -> bool:
        return open_next_attempt(seen, event, deadline_at=LATER, launch_again=servers[:120], check_again=servers[120:])

    assert [again(), again()] == [True, False]
    wave = get_wave(execution_id, 1)
    assert (wave.status, wave.attempt, wave.deadline_at) == ("QUEUED", 2, LATER)
    states = [run.status for run in get_wave_servers(execution_id, 1)]
    assert (states.count(ServerStatus.NOT_STARTED), states.count(ServerStatus.LAUNCHED)) == (120, 30)
    assert lines(execution_id) == ["WAVE_RETRIED"]


def test_many_servers_are_closed_only_while_their_wave_is_as_it_was_seen(execution_id: str) -> None:
    a_wave(execution_id, status=WaveStatus.TIMED_OUT)
    servers = servers_of(execution_id, 250, ServerStatus.NOT_STARTED)
    seen = get_wave(execution_id, 1)
    WaveRunItem(execution_id=execution_id, wave_number=1).update([WaveRunItem.attempt.set(2)])
    close_servers(servers, ServerStatus.FAILED, "no", NOW, while_wave_is=seen)
    assert {run.status for run in get_wave_servers(execution_id, 1)} == {ServerStatus.NOT_STARTED}
    close_servers(servers, ServerStatus.FAILED, "no", NOW, while_wave_is=get_wave(execution_id, 1))
    assert {run.status for run in get_wave_servers(execution_id, 1)} == {ServerStatus.FAILED}


def test_only_changes_that_are_new_are_reported(execution_id: str) -> None:
    servers = servers_of(execution_id, 120, ServerStatus.LAUNCHING)
    changes = [ServerChange(run.source_server_id, ServerStatus.LAUNCHED, "i-1") for run in servers]
    sizes: list[int] = []

    def one_line(news: Any) -> list[TimelineEvent]:
        sizes.append(len(news))
        return [a_line(execution_id, EventKind.SERVERS_LAUNCHED)]

    first = record_changes(execution_id, 1, changes[:100], one_line)
    assert len(first) == 100
    before = lines(execution_id)
    second = record_changes(execution_id, 1, changes, one_line)
    assert [change.source_server_id for change in second] == [f"s-{number}" for number in range(100, 120)]
    assert len(lines(execution_id)) == len(before) + 1
    assert record_changes(execution_id, 1, changes, one_line) == []


def test_changes_with_a_line_each_are_all_reported(execution_id: str) -> None:
    servers = servers_of(execution_id, 100, ServerStatus.LAUNCHING)
    changes = [ServerChange(run.source_server_id, ServerStatus.FAILED, error="no") for run in servers]

    def a_line_each(news: Any) -> list[TimelineEvent]:
        return [a_line(execution_id, EventKind.SERVER_FAILED) for _ in news]

    assert len(record_changes(execution_id, 1, changes, a_line_each)) == 100
    assert {run.status for run in get_wave_servers(execution_id, 1)} == {ServerStatus.FAILED}
    assert len(lines(execution_id)) == 100


def test_every_running_wave_gets_the_time_of_the_pause_back(execution_id: str) -> None:
    for number in range(1, 121):
        a_wave(execution_id, number, status=WaveStatus.EXECUTING, deadline_at=NOW)
    an_execution(execution_id, ExecutionStatus.PAUSED, paused_at=NOW)
    seen: Execution = get_execution(execution_id)
    event = a_line(execution_id, EventKind.EXECUTION_RESUMED)
    waves = dict.fromkeys(range(1, 121), (NOW, LATER))
    assert not resume_execution(seen, event, deadline_at=None, waves={**waves, 1: (LATER, LATER)})
    assert get_execution(execution_id).status is ExecutionStatus.PAUSED
    assert resume_execution(seen, event, deadline_at=LATER, waves=waves)
    after = get_execution(execution_id)
    assert (after.status, after.paused_at, after.deadline_at) == (ExecutionStatus.IN_PROGRESS, None, LATER)
    assert {item.deadline_at for item in WaveRunItem.query(execution_id)} == {LATER}
    assert lines(execution_id) == ["EXECUTION_RESUMED"]
