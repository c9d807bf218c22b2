"""Packing servers into DRS jobs: within every quota, no server lost, no more jobs than needed."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.attempts import RefusalKind
from chalicelib.domain.estate.accounts import Place
from chalicelib.domain.estate.quotas import JOBS_IN_PROGRESS, SERVERS_IN_JOBS, SERVERS_PER_JOB, Load, load_of
from chalicelib.domain.estate.sightings import ServerSighting
from chalicelib.domain.launches.packing import Packing, limit_jobs, line_of, pack
from chalicelib.domain.launches.place_lines import Bunch, PlaceLine, bunches_of
from chalicelib.domain.launches.place_order import Line, WaitingServer
from chalicelib.domain.runs.records import JobRun, JobStatus, Mode
from tests.unit.domain.records import (
    ACCOUNT,
    NOON,
    REGION,
    a_job,
    a_server,
    a_wave,
    an_execution,
    server_id,
    sighting,
)

PLACES = [Place(ACCOUNT, REGION), Place(ACCOUNT, "us-west-2"), Place("333344445555", REGION)]
HERE = PLACES[0]


@st.composite
def situations(draw: st.DrawFn) -> tuple[dict[Place, list[str]], dict[Place, Load], dict[str, int]]:
    """Servers waiting in some places, the load of DRS there, and limits from earlier refusals."""
    waiting: dict[Place, list[str]] = {}
    loads: dict[Place, Load] = {}
    limits: dict[str, int] = {}
    for number, place in enumerate(PLACES[: draw(st.integers(1, 3))]):
        count = draw(st.integers(0, 700))
        waiting[place] = [server_id(1_000 * number + index) for index in range(count)]
        busy = frozenset(waiting[place][: draw(st.integers(0, 20))])
        others = draw(st.integers(0, SERVERS_IN_JOBS + 10))
        if draw(st.integers(0, 5)):
            loads[place] = Load(jobs=draw(st.integers(0, JOBS_IN_PROGRESS + 2)), servers=others, busy=busy)
        for server in waiting[place][: draw(st.integers(0, 60))]:
            limits[server] = draw(st.sampled_from([1, 2, 5, 12, 50]))
    return waiting, loads, limits


@given(situations())
def test_quotas_hold_and_no_server_is_lost(
    situation: tuple[dict[Place, list[str]], dict[Place, Load], dict[str, int]],
) -> None:
    waiting, loads, limits = situation
    packing = pack({place: _line(servers, limits) for place, servers in waiting.items()}, loads)
    packed = [server for _, servers in packing.jobs for server in servers]
    assert len(packed) == len(set(packed))
    assert set(packed).isdisjoint(packing.queued)
    assert set(packed) | set(packing.queued) == {server for servers in waiting.values() for server in servers}
    assert all(packing.queued.values()), "every queued server has a reason"
    for place, servers in waiting.items():
        jobs = [job for where, job in packing.jobs if where == place]
        load = loads.get(place)
        if load is None:
            assert not jobs
            continue
        assert len(jobs) <= load.free_jobs
        assert sum(map(len, jobs)) <= load.free_servers
        for job in jobs:
            assert 1 <= len(job) <= min(limits.get(server, SERVERS_PER_JOB) for server in job)
            assert load.busy.isdisjoint(job)
            assert set(job) <= set(servers)


@given(st.integers(0, 700), st.integers(0, 22), st.integers(0, 510))
def test_as_many_servers_as_allowed_and_as_few_jobs_as_possible_while_all_fit(
    count: int, jobs: int, servers: int
) -> None:
    load = Load(jobs=jobs, servers=servers)
    packing = _packed([server_id(number) for number in range(count)], load)
    taken = sum(len(job) for _, job in packing.jobs)
    assert taken == min(count, load.free_servers, load.free_jobs * SERVERS_PER_JOB)
    if count <= load.free_servers:
        assert len(packing.jobs) == math.ceil(taken / SERVERS_PER_JOB)


def test_what_belongs_to_a_better_wave_is_left_for_it() -> None:
    servers = [server_id(number) for number in range(150)]
    better, worse = (
        PlaceLine(
            account_id=ACCOUNT,
            region=REGION,
            execution_id=f"exec-{mode}",
            wave_number=2,
            wave_name="data",
            plan_name="ERP",
            mode=mode,
            since=NOON,
            bunches=(Bunch("LINUX", 540.0, 100, 120),),
            fresh_until=NOON,
        )
        for mode in (Mode.RECOVERY, Mode.DRILL)
    )
    load = Load(jobs=15, servers=SERVERS_IN_JOBS - 200)
    packing = pack({HERE: _line(servers)}, {HERE: load}, {HERE: [worse, better]})
    assert sum(len(job) for _, job in packing.jobs) == 80
    assert [len(left) for left in packing.left.values()] == [70]
    (reason,) = set(packing.queued.values())
    assert reason == (
        f"Waits for the DRS quotas in {HERE}, behind wave 2 'data' of the RECOVERY of 'ERP'. "
        "Its next launch is expected within 10 minutes."
    )
    crowded = pack({HERE: _line(servers)}, {HERE: Load(servers=SERVERS_IN_JOBS)}, {HERE: [worse, better]})
    (reason,) = set(crowded.queued.values())
    assert reason == (
        f"Waits for the DRS quotas in {HERE}, behind wave 2 'data' of the RECOVERY of 'ERP'. "
        "Its next launch is expected within 10 minutes."
    )


@given(st.integers(1, 100), st.data())
def test_a_server_at_fault_is_alone_after_a_few_halvings(count: int, data: st.DataObject) -> None:
    """DRS refuses every job with that one server; all others must launch, without many refusals."""
    servers = [server_id(number) for number in range(count)]
    culprit = data.draw(st.sampled_from(servers))
    waiting, refused = list(servers), list[JobRun]()
    rounds = 0
    while waiting != [culprit] or not any(job.server_ids == (culprit,) for job in refused):
        rounds += 1
        assert rounds <= math.ceil(math.log2(count)) + 2
        for _, job in _packed(waiting, Load(), limit_jobs(refused)).jobs:
            if culprit in job:
                refused.append(_refused(len(refused), job, RefusalKind.CONFLICT))
            else:
                waiting = [server for server in waiting if server not in job]


def test_refusals_that_blame_no_server_split_nothing() -> None:
    blameless = set(RefusalKind) - {RefusalKind.CONFLICT, RefusalKind.INVALID}
    servers = tuple(server_id(number) for number in range(8))
    assert limit_jobs([_refused(0, servers, kind) for kind in blameless]) == {}
    assert limit_jobs([_refused(0, servers, RefusalKind.INVALID)]) == dict.fromkeys(servers, 4)


def test_suspects_launch_after_the_others_when_jobs_are_short() -> None:
    servers = [server_id(number) for number in range(4)]
    packing = _packed(servers, Load(jobs=JOBS_IN_PROGRESS - 1), {servers[0]: 1})
    assert packing.jobs == ((HERE, tuple(servers[1:])),)
    assert list(packing.queued) == [servers[0]]


def test_a_load_counts_all_running_jobs_whatever_started_them() -> None:
    ours, ended = a_job(0), a_job(1)
    seen = [
        sighting(ours, ServerSighting(server_id(1), "IN_PROGRESS"), ServerSighting(server_id(2), "PENDING")),
        sighting(a_job(2), tags={}),
        sighting(ended, ServerSighting(server_id(3), "LAUNCHED"), status="COMPLETED"),
    ]
    assert load_of(seen) == Load(jobs=2, servers=2, busy=frozenset({server_id(1), server_id(2)}))


def _packed(servers: list[str], load: Load, limits: dict[str, int] | None = None) -> Packing:
    return pack({HERE: _line(servers, limits)}, {HERE: load})


def _line(servers: list[str], limits: dict[str, int] | None = None) -> Line:
    limit_of = limits or {}
    waiting = tuple(WaitingServer(item, "LINUX", 540.0, limit_of.get(item, SERVERS_PER_JOB)) for item in servers)
    return Line(execution_id="exec-1", wave_number=1, mode=Mode.DRILL, since=NOON, servers=waiting)


def _refused(chunk: int, servers: tuple[str, ...], kind: RefusalKind) -> JobRun:
    return a_job(chunk, servers, status=JobStatus.REFUSED, refusal_kind=kind.value)


@given(st.lists(st.floats(30, 86_400), max_size=300))
def test_a_line_has_few_different_expected_times_near_the_learnt_ones(learnt: list[float]) -> None:
    """Also where times were learnt of thousands of servers, each another one."""
    runs = [a_server(number, expected_seconds=seconds) for number, seconds in enumerate(learnt)]
    line = line_of(an_execution(), a_wave(), runs, {}, seconds_behind=0.0, pace=1.0)
    for run, server in zip(runs, line.servers, strict=True):
        assert server.expected_seconds == pytest.approx(run.expected_seconds, rel=0.055)
    assert len(bunches_of(line.servers)) <= math.log(86_400 / 30, 1.1) + 2


def test_a_server_without_a_learnt_time_is_expected_to_take_the_usual_one() -> None:
    """As in executions that were started before times were learnt."""
    runs = [a_server(1), a_server(2, expected_seconds=540.0)]
    line = line_of(an_execution(), a_wave(), runs, {}, seconds_behind=0.0, pace=1.0)
    assert [server.expected_seconds for server in line.servers] == [540.0, 540.0]
