"""Plays a plan on a virtual clock: the product's own decisions, with launches that take times drawn beforehand.

It knows neither DRS nor an installation. Everything is a pure function of its arguments, so a run can be repeated.
"""

import heapq
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from operator import attrgetter

import msgspec

from ..estate.quotas import SERVERS_IN_JOBS, Load
from ..plans.plans import DEFAULT_PRIORITY
from ..runs.records import Mode
from .place_order import LaunchJob, Line, WaitingServer, decide_jobs, paths_behind

_BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)

Policy = Callable[[Sequence[Line], Load], Iterable[LaunchJob]]
"""Which servers of these lines launch now in which jobs."""


class Turn(msgspec.Struct, frozen=True):
    """What orders an execution among others that wait at the same place."""

    execution_id: str = "simulated"
    mode: Mode = Mode.RECOVERY
    since: datetime = _BEGINNING
    priority: int = DEFAULT_PRIORITY


class SimulatedServer(WaitingServer, frozen=True, kw_only=True, gc=False):
    """A server with the time that is expected of it, which decisions know, and the time that it takes."""

    wave: int
    place: str
    seconds: float


class RunningJob(msgspec.Struct, frozen=True, kw_only=True):
    """A job that runs already when the simulation begins, and when it ends, in seconds from then."""

    wave: int
    place: str
    servers: int
    seconds: float


class SimulatedPlan(msgspec.Struct, frozen=True, kw_only=True):
    """Waves with the waves that each depends on, their delays, the servers to launch, and the jobs that run already.

    ``others`` are the waves among them that belong to other executions, whose servers take quota at the same places.
    The run is over when its own waves are.
    """

    needs: Mapping[int, Sequence[int]]
    servers: Sequence[SimulatedServer]
    delays: Mapping[int, float] = {}
    running: Sequence[RunningJob] = ()
    turn: Turn = Turn()
    others: Mapping[int, Turn] = {}

    @property
    def own_needs(self) -> dict[int, Sequence[int]]:
        """The waves of the execution itself, with those that each depends on."""
        return {number: needed for number, needed in self.needs.items() if number not in self.others}

    def wave_seconds(self, *, expected: bool = False) -> dict[int, float]:
        """How long each wave takes without quotas: as long as its slowest server."""
        slowest = dict.fromkeys(self.needs, 0.0)
        for server in self.servers:
            seconds = server.expected_seconds if expected else server.seconds
            slowest[server.wave] = max(slowest[server.wave], seconds)
        for job in self.running:
            slowest[job.wave] = max(slowest[job.wave], job.seconds)
        return slowest


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """Times that no order of launches can beat, in seconds; the quota's is that of the busiest place."""

    critical_path: float
    quota: float

    @property
    def seconds(self) -> float:
        return max(self.critical_path, self.quota)


class Played(msgspec.Struct, kw_only=True):
    """What happened to the execution's own waves: how long they took, and for how long servers waited for what.

    ``queued_seconds`` is by wave the time from when its servers could launch to the request of its last job.
    ``ready_at`` and ``ended_at`` are by wave, and ``last_servers`` are the slowest ones of the jobs that ended last.
    ``bound`` are the seconds in which servers waited at a place because its 500 servers (``servers``), or its 20 jobs
    (``jobs``), were used up.
    """

    seconds: float = 0.0
    queued_seconds: dict[int, float] = {}
    ready_at: dict[int, float] = {}
    ended_at: dict[int, float] = {}
    last_servers: dict[int, str] = {}
    bound: dict[tuple[str, str], float] = {}
    jobs: int = 0

    def bound_by(self, quota: str) -> float:
        """The seconds in which this quota kept servers waiting; several places count one after the other."""
        return sum(seconds for (_, bound_by), seconds in self.bound.items() if bound_by == quota)

    def chain(self, needs: Mapping[int, Sequence[int]]) -> list[int]:
        """The waves that set the time, in order: the one that ended last, and before each the last that it needed."""
        step = min(self.ended_at, key=lambda number: (-self.ended_at[number], number), default=0)
        waves = []
        while step:
            waves.append(step)
            step = min(needs[step], key=lambda number: (-self.ended_at[number], number), default=0)
        return waves[::-1]


def bounds_of(plan: SimulatedPlan) -> Bounds:
    """The critical path, and the server seconds of the busiest place over its quota of servers in jobs."""
    seconds = plan.wave_seconds()
    spans = {number: seconds[number] + plan.delays.get(number, 0.0) for number in plan.needs}
    behind = paths_behind(plan.needs, spans)
    work: dict[str, float] = {}
    for server in plan.servers:
        work[server.place] = work.get(server.place, 0.0) + server.seconds
    return Bounds(
        critical_path=max((spans[number] + behind[number] for number in plan.needs), default=0.0),
        quota=max(work.values(), default=0.0) / SERVERS_IN_JOBS,
    )


def by_path_and_kind(lines: Sequence[Line], load: Load) -> Iterable[LaunchJob]:
    """The product's own decision."""
    return decide_jobs(lines, load)


def play(plan: SimulatedPlan, policy: Policy = by_path_and_kind) -> Played:
    """Plays the plan to its end. Whenever a wave becomes ready or a job ends, the policy decides."""
    return _Run(plan, policy).play()


_seconds = attrgetter("seconds")


class _Place(msgspec.Struct, kw_only=True):
    """What waits at a place, by wave, and what runs there."""

    waiting: dict[int, dict[str, SimulatedServer]] = {}
    jobs: int = 0
    servers: int = 0
    bound_since: float = 0.0
    bound_by: str = ""

    @property
    def load(self) -> Load:
        return Load(jobs=self.jobs, servers=self.servers)


class _Run:
    def __init__(self, plan: SimulatedPlan, policy: Policy) -> None:
        self._policy = policy
        self._needs = {number: set(needed) for number, needed in plan.needs.items()}
        self._delays = plan.delays
        expected = plan.wave_seconds(expected=True)
        spans = {number: expected[number] + plan.delays.get(number, 0.0) for number in plan.needs}
        self._behind = paths_behind(plan.needs, spans)
        self._turns = {number: plan.others.get(number, plan.turn) for number in plan.needs}
        self._own = plan.needs.keys() - plan.others.keys()
        self._unended = set(self._own)
        self._places: dict[str, _Place] = {}
        self._unready: dict[int, dict[str, dict[str, SimulatedServer]]] = {number: {} for number in plan.needs}
        for server in plan.servers:
            by_place = self._unready[server.wave]
            if server.place not in by_place:
                by_place[server.place] = {}
                self._places.setdefault(server.place, _Place())
            by_place[server.place][server.server_id] = server
        self._left = {number: sum(map(len, by_place.values())) for number, by_place in self._unready.items()}
        self._running = plan.running
        for job in plan.running:
            self._places.setdefault(job.place, _Place())
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._count = 0
        self._now = 0.0
        self._played = Played()

    def play(self) -> Played:
        for job in self._running:
            self._left[job.wave] += job.servers
            self._begin_job(self._places[job.place], job.wave, job.servers, job.seconds, "")
        for number, needed in self._needs.items():
            if not needed:
                self._release(number)
        while self._events and self._unended:
            self._now = self._events[0][0]
            while self._events and self._events[0][0] <= self._now:
                heapq.heappop(self._events)[2]()
            for name, place in self._places.items():
                self._decide(name, place)
        self._played.seconds = self._now
        return self._played

    def _at(self, when: float, action: Callable[[], None]) -> None:
        self._count += 1
        heapq.heappush(self._events, (when, self._count, action))

    def _release(self, wave: int) -> None:
        """The wave's servers can launch after its delay."""
        self._at(self._now + self._delays.get(wave, 0.0), partial(self._make_ready, wave))

    def _make_ready(self, wave: int) -> None:
        self._played.ready_at[wave] = self._now
        self._played.queued_seconds[wave] = 0.0
        for name, servers in self._unready[wave].items():
            self._places[name].waiting[wave] = servers
        if not self._left[wave]:
            self._end_wave(wave)

    def _decide(self, name: str, place: _Place) -> None:
        if place.waiting:
            load = place.load
            if load.free_servers and load.free_jobs:
                self._launch_best(name, place, load)
        if place.waiting or place.bound_by:
            self._note_quotas(name, place)
        else:
            place.bound_since = self._now

    def _launch_best(self, name: str, place: _Place, load: Load) -> None:
        lines = [
            Line(
                execution_id=self._turns[wave].execution_id,
                wave_number=wave,
                mode=self._turns[wave].mode,
                since=self._turns[wave].since,
                servers=tuple(waiting.values()),
                priority=self._turns[wave].priority,
                seconds_behind=self._behind[wave],
            )
            for wave, waiting in place.waiting.items()
        ]
        for job in self._policy(lines, load):
            self._launch(name, job.line[1], job.server_ids)

    def _note_quotas(self, name: str, place: _Place) -> None:
        """Counts the time since the last look for the quota that kept own servers waiting, and notes which does now."""
        if place.bound_by:
            key = name, place.bound_by
            self._played.bound[key] = self._played.bound.get(key, 0.0) + self._now - place.bound_since
        place.bound_since = self._now
        bound_by = "jobs" if place.load.free_servers else "servers"
        place.bound_by = bound_by if any(wave in self._own for wave in place.waiting) else ""

    def _launch(self, name: str, wave: int, server_ids: Sequence[str]) -> None:
        place = self._places[name]
        self._played.jobs += 1
        self._played.queued_seconds[wave] = self._now - self._played.ready_at[wave]
        waiting = place.waiting[wave]
        launched = [waiting.pop(server_id) for server_id in server_ids]
        if not waiting:
            del place.waiting[wave]
        slowest = max(launched, key=_seconds)
        self._begin_job(place, wave, len(launched), slowest.seconds, slowest.server_id)

    def _begin_job(self, place: _Place, wave: int, servers: int, seconds: float, slowest: str) -> None:
        place.jobs += 1
        place.servers += servers
        self._at(self._now + seconds, partial(self._end_job, place, wave, servers, slowest))

    def _end_job(self, place: _Place, wave: int, servers: int, slowest: str) -> None:
        place.jobs -= 1
        place.servers -= servers
        self._left[wave] -= servers
        if not self._left[wave]:
            self._played.last_servers[wave] = slowest
            self._end_wave(wave)

    def _end_wave(self, wave: int) -> None:
        if wave in self._own:
            self._played.ended_at[wave] = self._now
            self._unended.discard(wave)
        for number, needed in self._needs.items():
            if wave in needed:
                needed.discard(wave)
                if not needed:
                    self._release(number)
