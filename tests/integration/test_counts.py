"""Counts of servers: those of the wave and of the execution change together, and an older count changes nothing."""

from typing import Any

import msgspec
import pytest

from chalicelib.domain.launches.progress import ServerChange
from chalicelib.domain.runs.counts import ServerCounts
from chalicelib.domain.runs.records import (
    ServerStatus,
    WaveStatus,
)
from chalicelib.execution.waves.counting import note_counts, recount, with_counts
from chalicelib.ids import new_id
from chalicelib.store.reads.runs.executions import get_execution, get_wave, get_wave_servers
from chalicelib.store.tables.runs import EXECUTIONS, SERVER_RUNS, WAVE_RUNS
from chalicelib.store.writes.runs.servers import record_changes
from chalicelib.store.writes.runs.waves import record_counts
from local.cloud import LocalCloud
from tests.unit.domain.records import a_server, a_wave, an_execution

GROUP = new_id("pg")
WAITING = ServerCounts(not_started=2)


@pytest.fixture
def run(cloud: LocalCloud) -> str:
    """An execution of two waves with two servers each."""
    execution_id = new_id("exec")
    for number in (1, 2):
        known = {"execution_id": execution_id, "status": WaveStatus.EXECUTING, "counts": WAITING}
        WAVE_RUNS.to_item(a_wave(number, **known)).save()
        for server in ("s-1", "s-2"):
            waits = a_server(
                group_id=GROUP,
                source_server_id=server,
                execution_id=execution_id,
                wave_number=number,
                status=ServerStatus.NOT_STARTED,
            )
            SERVER_RUNS.to_item(waits).save()
    counts = ServerCounts(not_started=4)
    EXECUTIONS.to_item(
        an_execution(execution_id=execution_id, plan_id=new_id("plan"), server_count=4, counts=counts)
    ).save()
    return execution_id


def change(execution_id: str, number: int, server_id: str, status: ServerStatus) -> None:
    record_changes(execution_id, number, [ServerChange(server_id, status)], lambda _: [])


def test_a_call_counts_the_waves_whose_servers_it_has_changed(run: str) -> None:
    def launch(_: Any, __: Any) -> None:
        change(run, 1, "s-1", ServerStatus.LAUNCHED)
        change(run, 2, "s-2", ServerStatus.FAILED)

    with_counts({"launch": launch})["launch"](None, None)
    first, second, execution = get_wave(run, 1), get_wave(run, 2), get_execution(run)
    assert (first.counts, first.launched_count) == (ServerCounts(not_started=1, launched=1), 1)
    assert (second.counts, second.failed_count) == (ServerCounts(not_started=1, failed=1), 1)
    assert execution.counts == ServerCounts(not_started=2, launched=1, failed=1)
    assert execution.revision == 2


def test_a_call_after_one_that_died_counts_for_it(run: str) -> None:
    change(run, 1, "s-1", ServerStatus.LAUNCHED)
    assert get_wave(run, 1).counts == WAITING

    def look(_: Any, __: Any) -> None:
        note_counts(get_wave(run, 1), get_wave_servers(run, 1))

    with_counts({"look": look})["look"](None, None)
    assert get_wave(run, 1).counts == ServerCounts(not_started=1, launched=1)


def test_what_was_counted_before_a_later_count_is_not_recorded(run: str) -> None:
    seen = get_wave(run, 1)
    change(run, 1, "s-1", ServerStatus.LAUNCHED)
    assert record_counts(seen, msgspec.structs.replace(seen, counts=ServerCounts(not_started=1, launched=1)))
    assert not record_counts(seen, msgspec.structs.replace(seen, counts=ServerCounts(not_started=1, failed=1)))
    assert get_wave(run, 1).counts == ServerCounts(not_started=1, launched=1)
    assert get_execution(run).counts == ServerCounts(not_started=3, launched=1)


def test_an_overtaken_count_is_made_again(run: str) -> None:
    seen = get_wave(run, 1)
    change(run, 1, "s-1", ServerStatus.LAUNCHED)
    recount(get_execution(run), seen)
    change(run, 1, "s-2", ServerStatus.FAILED)
    counted = recount(get_execution(run), seen)
    assert counted.counts == get_wave(run, 1).counts == ServerCounts(launched=1, failed=1)
    assert get_execution(run).counts == ServerCounts(not_started=2, launched=1, failed=1)


def test_an_execution_that_began_without_counts_shows_them_when_all_its_waves_were_counted(run: str) -> None:
    execution = get_execution(run)
    EXECUTIONS.to_item(msgspec.structs.replace(execution, counts=None)).save()
    for number in (1, 2):
        WAVE_RUNS.to_item(msgspec.structs.replace(get_wave(run, number), counts=None)).save()
    assert get_execution(run).counts is None
    recount(execution, get_wave(run, 1))
    assert (get_wave(run, 1).counts, get_execution(run).counts) == (WAITING, None)
    recount(execution, get_wave(run, 2))
    assert get_execution(run).counts == ServerCounts(not_started=4)
