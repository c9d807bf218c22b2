"""The order of all servers that wait at a place: quotas hold, nobody overtakes, everything launches in the end."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.estate.quotas import JOBS_IN_PROGRESS, SERVERS_IN_JOBS, SERVERS_PER_JOB, Load
from chalicelib.domain.launches.place_order import Line, Order, WaitingServer, decide_jobs, decide_order, paths_behind
from chalicelib.domain.runs.records import Mode

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
SECONDS = {"LINUX": 540.0, "WINDOWS": 1_440.0}


def a_line(name: str, wave: int = 1, *, linux: int = 0, windows: int = 0, limit: int = 100, **changes: object) -> Line:
    kinds = ["LINUX"] * linux + ["WINDOWS"] * windows
    servers = tuple(
        WaitingServer(f"{name}-{wave}-{index:04}", kind, SECONDS[kind], limit) for index, kind in enumerate(kinds)
    )
    values = {"mode": Mode.RECOVERY, "since": NOON, **changes}
    return Line(execution_id=name, wave_number=wave, servers=servers, **values)  # type: ignore[arg-type]


@st.composite
def lines_of_a_place(draw: st.DrawFn) -> list[Line]:
    """Waves of up to three executions, each with servers of two kinds, some of them refused before."""
    found = []
    for execution in range(draw(st.integers(1, 3))):
        name = f"exec-{execution}"
        mode = draw(st.sampled_from(Mode))
        since = NOON + timedelta(minutes=draw(st.integers(0, 2)))
        priority = draw(st.integers(1, 5))
        for wave in range(1, draw(st.integers(1, 4)) + 1):
            line = a_line(
                name,
                wave,
                linux=draw(st.integers(0, 250)),
                windows=draw(st.integers(0, 150)),
                limit=draw(st.sampled_from([100, 100, 7, 1])),
                mode=mode,
                since=since,
                priority=priority,
                seconds_behind=draw(st.sampled_from([0.0, 540.0, 4_000.0])),
            )
            found.append(line)
    return found


@st.composite
def loads(draw: st.DrawFn, lines: Sequence[Line] = ()) -> Load:
    busy = frozenset(server.server_id for line in lines for server in line.servers[: draw(st.integers(0, 3))])
    jobs, servers = draw(st.integers(0, JOBS_IN_PROGRESS + 1)), draw(st.integers(0, SERVERS_IN_JOBS + 10))
    return Load(jobs=jobs, servers=servers, busy=busy)


@given(st.data())
def test_quotas_hold_and_no_server_is_lost(data: st.DataObject) -> None:
    lines = data.draw(lines_of_a_place())
    load = data.draw(loads(lines))
    order = decide_order(lines, load)
    known = {server.server_id: (line.key, server) for line in lines for server in line.servers}
    launched = [item for job in order.jobs for item in job.server_ids]
    queued = [item for wait in order.queued.values() for item in wait.server_ids]
    assert sorted([*launched, *queued]) == sorted(set(known) - load.busy)
    assert len(order.jobs) <= load.free_jobs
    assert len(launched) <= load.free_servers
    assert tuple(decide_jobs(lines, load)) == order.jobs, "a simulation decides as a launch does"
    for job in order.jobs:
        servers = [known[item] for item in job.server_ids]
        assert {key for key, _ in servers} == {job.line}
        assert len({(server.kind, server.limit) for _, server in servers}) == 1
        assert 1 <= len(servers) <= min(SERVERS_PER_JOB, servers[0][1].limit)


@given(st.data())
def test_a_better_server_waits_for_a_worse_one_only_without_a_slot(data: st.DataObject) -> None:
    lines = data.draw(lines_of_a_place())
    load = data.draw(loads())
    order = decide_order(lines, load)
    ranks = {server.server_id: _rank(line, server) for line in lines for server in line.servers}
    launched = _launched(order)
    best_waiting = min((ranks[item] for item in ranks.keys() - launched), default=None)
    worst_launched = max((ranks[item] for item in launched), default=None)
    if best_waiting and worst_launched and best_waiting < worst_launched:
        assert len(order.jobs) == load.free_jobs
        assert ranks[order.jobs[0].server_ids[0]] == min(ranks.values())


@given(st.data())
def test_the_first_execution_launches_as_if_it_were_alone(data: st.DataObject) -> None:
    """So nothing that comes later, and no drill, can hold up a recovery."""
    lines = data.draw(lines_of_a_place())
    load = data.draw(loads())
    first = min(lines, key=_execution_rank).execution_id
    alone = decide_order([line for line in lines if line.execution_id == first], load)
    together = {item for job in decide_order(lines, load).jobs for item in job.server_ids if job.line[0] == first}
    assert together == _launched(alone)


@settings(max_examples=20)
@given(st.data())
def test_everything_launches_in_the_end(data: st.DataObject) -> None:
    """Most jobs end, in any order, and the others go on; whenever there is room, something launches."""
    waiting = data.draw(lines_of_a_place())
    running: list[int] = []
    for _ in range(500):
        load = Load(jobs=len(running), servers=sum(running))
        order = decide_order(waiting, load)
        launched = _launched(order)
        waits = any(line.servers for line in waiting)
        assert launched or not waits or not load.free_jobs or not load.free_servers
        running += [len(job.server_ids) for job in order.jobs]
        waiting = [_without(line, launched) for line in waiting]
        if not any(line.servers for line in waiting):
            return
        running = data.draw(st.permutations(running))[: data.draw(st.integers(0, 3))]
    raise AssertionError("servers are still waiting")


def test_recoveries_come_before_drills_then_the_urgent_then_the_old() -> None:
    lines = [
        a_line("old drill", linux=100, mode=Mode.DRILL, since=NOON - timedelta(hours=1), priority=1),
        a_line("young", linux=100, since=NOON + timedelta(minutes=1)),
        a_line("old", linux=100),
        a_line("urgent", linux=100, since=NOON + timedelta(minutes=2), priority=1),
        a_line("drill", linux=100, mode=Mode.DRILL, since=NOON - timedelta(minutes=30)),
    ]
    order = decide_order(lines, Load(jobs=10, servers=SERVERS_IN_JOBS))
    assert not order.jobs
    assert [name for name, _ in order.queued] == ["urgent", "old", "young", "old drill", "drill"]
    assert order.queued["young", 1].ahead == (("urgent", 1), ("old", 1))
    waits = [wait.seconds for wait in order.queued.values()]
    assert waits == sorted(waits)
    assert waits[0] == SERVERS_IN_JOBS * 540 / 2 / SERVERS_IN_JOBS, "half of what runs"
    assert waits[1] - waits[0] == 100 * 540 / SERVERS_IN_JOBS, "and all that is ahead"


def test_within_an_execution_the_longest_path_comes_first() -> None:
    lines = [a_line("run", 1, linux=400), a_line("run", 2, linux=300, windows=100, seconds_behind=900)]
    order = decide_order(lines, Load())
    taken = Counter(job.line[1] for job in order.jobs for _ in job.server_ids)
    assert taken == {1: 100, 2: 400}
    assert order.queued == {("run", 1): order.queued["run", 1]}
    assert order.queued["run", 1].ahead == (("run", 2),)


def test_kinds_launch_apart_and_slots_are_spent_in_proportion_to_the_quota() -> None:
    """While others wait, jobs become small, because a small job holds up fewer servers until its slowest one ends."""
    order = decide_order([a_line("run", linux=450, windows=150)], Load())
    sizes = [len(job.server_ids) for job in order.jobs]
    assert (len(sizes), sum(sizes)) == (JOBS_IN_PROGRESS, SERVERS_IN_JOBS)
    assert max(sizes) < SERVERS_PER_JOB
    alone = decide_order([a_line("run", linux=150, windows=30)], Load())
    assert sorted(len(job.server_ids) for job in alone.jobs) == [30, 50, 100]


def test_paths_behind_a_wave_go_through_all_that_wait_for_it() -> None:
    needs = {1: (), 2: (1,), 3: (1,), 4: (2, 3), 5: ()}
    assert paths_behind(needs, {1: 1.0, 2: 20.0, 3: 300.0, 4: 4_000.0, 5: 50_000.0}) == {
        1: 4_300.0,
        2: 4_000.0,
        3: 4_000.0,
        4: 0.0,
        5: 0.0,
    }


def _execution_rank(line: Line) -> tuple[bool, int, datetime, str]:
    priority = line.priority if line.mode is Mode.RECOVERY else 0
    return line.mode is Mode.DRILL, priority, line.since, line.execution_id


def _rank(line: Line, server: WaitingServer) -> tuple[object, ...]:
    path = line.seconds_behind + server.expected_seconds
    return *_execution_rank(line), server.limit < SERVERS_PER_JOB, -path, line.wave_number, server.server_id


def _launched(order: Order) -> set[str]:
    return {item for job in order.jobs for item in job.server_ids}


def _without(line: Line, launched: Iterable[str]) -> Line:
    gone = set(launched)
    left = tuple(server for server in line.servers if server.server_id not in gone)
    return Line(line.execution_id, line.wave_number, line.mode, line.since, left, line.priority, line.seconds_behind)
