"""Several executions at one place, decided by functions that work at the same time, are late, or die."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from chalicelib.domain.estate.accounts import Place
from chalicelib.domain.estate.quotas import JOBS_IN_PROGRESS, SERVERS_IN_JOBS, Load
from chalicelib.domain.launches.packing import Packing, pack
from chalicelib.domain.launches.place_lines import LINE_LIFE, PlaceLine, line_life, lines_that_count, place_line
from chalicelib.domain.launches.place_order import Line, LineKey, WaitingServer
from chalicelib.domain.runs.records import Mode
from tests.unit.domain.records import NOON

HERE = Place("222233334444", "us-east-1")
LOOK_SECONDS = 10.0
OTHERS = Load(jobs=JOBS_IN_PROGRESS - 3, servers=SERVERS_IN_JOBS - 10)
"""What jobs of others hold all the time: 3 jobs with 10 servers are left."""


@dataclass
class AWave:
    """A wave whose servers wait, as its records have it."""

    key: LineKey
    mode: Mode
    since: datetime
    priority: int
    waiting: dict[str, WaitingServer]
    paused: bool = False

    @property
    def line(self) -> Line:
        servers = tuple(self.waiting.values())
        return Line(*self.key, self.mode, self.since, servers, priority=self.priority)


@dataclass
class ALook:
    """A function that has read and decided, and has not acted yet."""

    wave: AWave
    packing: Packing


@dataclass
class World:
    """What DRS and the tables hold."""

    waves: list[AWave] = field(default_factory=list)
    lines: dict[LineKey, PlaceLine] = field(default_factory=dict)
    jobs: list[list[str]] = field(default_factory=list)
    launched: Counter[str] = field(default_factory=Counter)
    now: datetime = NOON

    @property
    def load(self) -> Load:
        servers = sum(map(len, self.jobs))
        return Load(jobs=OTHERS.jobs + len(self.jobs), servers=OTHERS.servers + servers)

    def look(self, wave: AWave) -> ALook:
        others = lines_that_count(self.lines.values(), wave.key, self.now)
        load = self.load
        packing = pack({HERE: wave.line}, {HERE: load}, {HERE: others})
        count = sum(len(server_ids) for _, server_ids in packing.jobs)
        ahead = sum(len(line.line.servers) for line in others if line.mode is Mode.RECOVERY)
        if wave.mode is Mode.DRILL and ahead >= load.free_servers:
            assert not count, "a drill launches nothing while recoveries want all that is free"
        return ALook(wave, packing)

    def act(self, look: ALook) -> None:
        """The claims that still hold are requested, DRS refuses what exceeds its quotas, and the line is kept."""
        wave = look.wave
        for _, server_ids in look.packing.jobs:
            if not wave.paused and set(server_ids) <= wave.waiting.keys():
                load = self.load
                if load.free_jobs and len(server_ids) <= load.free_servers:
                    self.jobs.append(list(server_ids))
                    self.launched.update(server_ids)
                    for server_id in server_ids:
                        del wave.waiting[server_id]
        left = look.packing.left.get(HERE)
        if left:
            fresh_until = self.now + line_life(LOOK_SECONDS)
            self.lines[wave.key] = place_line(HERE, wave.line, left, names=("Plan", "Wave"), fresh_until=fresh_until)
        else:
            self.lines.pop(wave.key, None)


class OnePlace(RuleBasedStateMachine):
    """Looks, launches, deaths, pauses and ends of jobs in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.looks: list[ALook] = []

    @initialize(
        executions=st.lists(
            st.tuples(st.sampled_from(Mode), st.integers(1, 5), st.lists(st.integers(1, 14), min_size=1, max_size=2)),
            min_size=2,
            max_size=4,
        )
    )
    def start(self, executions: list[tuple[Mode, int, list[int]]]) -> None:
        for index, (mode, priority, waves) in enumerate(executions):
            name, since = f"exec-{index}", NOON + timedelta(seconds=index)
            for number, size in enumerate(waves, start=1):
                kinds = [("WINDOWS", 1_440.0) if server % 3 == 2 else ("LINUX", 540.0) for server in range(size)]
                waiting = {
                    f"{name}-{number}-{server}": WaitingServer(f"{name}-{number}-{server}", *kind)
                    for server, kind in enumerate(kinds)
                }
                self.world.waves.append(AWave((name, number), mode, since, priority, waiting))

    @rule(data=st.data())
    def a_function_looks(self, data: st.DataObject) -> None:
        wave = data.draw(st.sampled_from(self.world.waves))
        if not wave.paused:
            self.looks.append(self.world.look(wave))

    @precondition(lambda self: self.looks)
    @rule(data=st.data())
    def a_function_acts(self, data: st.DataObject) -> None:
        self.world.act(self.looks.pop(data.draw(st.integers(0, len(self.looks) - 1))))

    @precondition(lambda self: self.looks)
    @rule(data=st.data())
    def a_function_dies(self, data: st.DataObject) -> None:
        self.looks.pop(data.draw(st.integers(0, len(self.looks) - 1)))

    @precondition(lambda self: self.world.jobs)
    @rule(data=st.data())
    def a_job_ends(self, data: st.DataObject) -> None:
        self.world.jobs.pop(data.draw(st.integers(0, len(self.world.jobs) - 1)))

    @rule(data=st.data())
    def an_execution_is_paused_or_resumed(self, data: st.DataObject) -> None:
        execution_id = data.draw(st.sampled_from(self.world.waves)).key[0]
        for wave in self.world.waves:
            if wave.key[0] == execution_id:
                wave.paused = not wave.paused

    @rule(seconds=st.integers(1, 70))
    def time_passes(self, seconds: int) -> None:
        self.world.now += timedelta(seconds=seconds)

    @invariant()
    def quotas_hold(self) -> None:
        assert self.world.load.jobs <= JOBS_IN_PROGRESS
        assert self.world.load.servers <= SERVERS_IN_JOBS

    @invariant()
    def no_server_launches_twice(self) -> None:
        assert not self.world.launched or max(self.world.launched.values()) == 1

    def teardown(self) -> None:
        """Whatever happened, everything that is not paused launches, and paused executions hold up nobody."""
        self.world.now += LINE_LIFE
        going = [wave for wave in self.world.waves if not wave.paused]
        for _ in range(2 + 2 * sum(len(wave.waiting) for wave in going)):
            for wave in going:
                self.world.act(self.world.look(wave))
            self.world.jobs = self.world.jobs[1:]
            self.world.now += timedelta(seconds=LOOK_SECONDS)
        assert not any(wave.waiting for wave in going)
        assert not any(wave.key in self.world.lines for wave in going)


def test_quotas_hold_nothing_launches_twice_and_nobody_starves() -> None:
    run_state_machine_as_test(OnePlace, settings=settings(max_examples=40, stateful_step_count=25, deadline=None))


def test_a_resumed_execution_takes_its_old_turn() -> None:
    """While it was paused others went on; with its first look it stands before the younger ones again."""
    world = World()
    for index, name in enumerate(("old", "young")):
        waiting = {f"{name}-{server}": WaitingServer(f"{name}-{server}", "LINUX", 540.0) for server in range(20)}
        world.waves.append(AWave((name, 1), Mode.RECOVERY, NOON + timedelta(seconds=index), 3, waiting))
    old, young = world.waves
    world.act(world.look(old))
    old.paused = True
    world.now += LINE_LIFE - timedelta(seconds=1)
    world.jobs.clear()
    world.act(world.look(young))
    assert not world.jobs, "its line still counts"
    world.now += timedelta(seconds=1)
    world.act(world.look(young))
    assert sum(map(len, world.jobs)) == 10, "a paused execution holds up nobody for longer"
    old.paused = False
    world.act(world.look(old))
    world.jobs.clear()
    world.act(world.look(young))
    assert not world.jobs
    world.act(world.look(old))
    assert {server_id.split("-")[0] for job in world.jobs for server_id in job} == {"old"}
