"""What the log of a DRS job teaches about launch times, and how little of it is kept."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.estate.launch_settings import RecoveryMode
from chalicelib.domain.estate.servers import Disk, OperatingSystem, SourceServer
from chalicelib.domain.launches.expected_times import LaunchTime, ServerKind, ServerSize
from chalicelib.domain.launches.learning import (
    KINDS,
    MOST_OF_JOB,
    MOST_OF_KIND,
    MOST_OF_SERVER,
    TRIED_FOR,
    KeptTimes,
    LogMoment,
    can_be_read_later,
    kind_key,
    launch_times,
    lessons,
    server_key,
)
from tests.unit.domain.records import ACCOUNT, NOON, REGION, a_job, after, server_id

JOB = "drsjob-1"
CONVERTED = {"CONVERSION_START": 52.0, "CONVERSION_END": 240.0, "LAUNCH_START": 241.0, "LAUNCH_END": 530.0}
FAST = {"LAUNCH_START": 55.0, "LAUNCH_END": 345.0}


def a_log(*servers: dict[str, float], start: float = 0.0) -> list[LogMoment]:
    """The log of a job with these servers; the seconds are since noon."""
    lines = [LogMoment(after(start), "JOB_START")]
    for number, events in enumerate(servers):
        lines += [LogMoment(after(at), event, server_id(number)) for event, at in events.items()]
    return lines


def a_server(number: int, *disk_bytes: int) -> SourceServer:
    return SourceServer(
        source_server_id=server_id(number),
        account_id=ACCOUNT,
        region=REGION,
        hostname=f"host-{number}",
        os=OperatingSystem.LINUX,
        replication_state="CONTINUOUS",
        lag_seconds=0,
        tags={},
        seen_at=NOON,
        disks=tuple(Disk("/dev/sda1", size) for size in disk_bytes),
    )


def test_the_phases_of_each_server_are_read_from_the_log_of_its_job() -> None:
    found = launch_times(JOB, reversed(a_log(CONVERTED, FAST, start=2.0)), pace=1.0)
    assert found == {
        server_id(0): LaunchTime(JOB, after(530), 50.0, 188.0, 290.0),
        server_id(1): LaunchTime(JOB, after(345), 53.0, 0.0, 290.0),
    }
    modes = [launch.recovery_mode for launch in found.values()]
    assert modes == [RecoveryMode.OPTIMAL, RecoveryMode.FAST]
    rehearsed = launch_times(JOB, a_log(CONVERTED), pace=60.0)
    assert rehearsed[server_id(0)].seconds == 530 * 60, "kept as DRS in AWS would take it"


@pytest.mark.parametrize(
    "events",
    [
        {"SNAPSHOT_FAIL": 3.0},
        {"CONVERSION_START": 52.0, "CONVERSION_FAIL": 100.0},
        {"CONVERSION_START": 52.0, "LAUNCH_START": 60.0, "LAUNCH_END": 530.0},
        {"LAUNCH_END": 530.0},
        {"LAUNCH_START": -5.0, "LAUNCH_END": 530.0},
        {"LAUNCH_START": 530.0, "LAUNCH_END": 530.0},
        {"LAUNCH_START": 50.0, "LAUNCH_END": 90_000.0},
        {"CONVERSION_START": 300.0, "CONVERSION_END": 250.0, "LAUNCH_START": 301.0, "LAUNCH_END": 500.0},
    ],
)
def test_a_launch_that_failed_or_makes_no_sense_teaches_nothing(events: dict[str, float]) -> None:
    assert set(launch_times(JOB, a_log(events, FAST), pace=1.0)) == {server_id(1)}


def test_a_log_without_a_start_teaches_nothing() -> None:
    assert launch_times(JOB, a_log(CONVERTED)[1:], pace=1.0) == {}
    assert launch_times(JOB, [], pace=1.0) == {}


def test_a_job_teaches_each_server_and_a_few_of_each_kind() -> None:
    many = MOST_OF_JOB * 3
    log = a_log(*({**FAST, "LAUNCH_END": 345.0 + number} for number in range(many)), CONVERTED)
    launches = launch_times(JOB, log, pace=1.0)
    servers = {server_id(number): a_server(number, 1) for number in range(many)}
    taught = lessons(a_job(1), launches, servers)
    place = a_job(1).place
    assert all(taught[server_key(place, each)] == [launch] for each, launch in launches.items())
    fast = taught[kind_key(ServerKind(OperatingSystem.LINUX, ServerSize.SMALL, RecoveryMode.FAST))]
    times = [launch.seconds for launch in fast]
    assert len(times) == MOST_OF_JOB
    assert (times[0], times[-1]) == (345.0, 345.0 + many - 1), "from the fastest to the slowest"
    assert sum(scope == KINDS for scope, _ in taught) == 1, "of a server that the inventory lacks no kind is known"


@given(st.lists(st.integers(1, 80), max_size=80))
def test_records_do_not_grow_with_history(jobs: list[int]) -> None:
    server, kind = KeptTimes(*server_key(a_job(1).place, "s-1")), KeptTimes(KINDS, "LINUX#SMALL#FAST")
    for number in jobs:
        launch = LaunchTime(f"drsjob-{number}", after(number), 50.0, 0.0, 290.0)
        server, kind = server.with_launches([launch]), kind.with_launches([launch])
    newest = sorted({f"drsjob-{number}" for number in jobs}, key=lambda job_id: int(job_id.split("-")[1]))
    assert [launch.job_id for launch in server.launches] == newest[-MOST_OF_SERVER:]
    assert [launch.job_id for launch in kind.launches] == newest[-MOST_OF_KIND:]
    assert (server.useless_at is None) == (not jobs)


def test_a_log_is_tried_again_for_a_while_after_the_end_of_the_job() -> None:
    ended = a_job(1, job_ended_at=NOON)
    assert can_be_read_later(ended, NOON + TRIED_FOR - timedelta(seconds=1))
    assert not can_be_read_later(ended, NOON + TRIED_FOR)
