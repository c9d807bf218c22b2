"""Plays a plan on a virtual clock: the product's own decisions, with launches that take times drawn beforehand.

It knows neither DRS nor an installation. Everything is a pure function of its arguments, so a run can be repeated.
"""

import heapq
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

from chalicelib.domain.estate.quotas import SERVERS_IN_JOBS, Load
from chalicelib.domain.launches.place_order import LaunchJob, Line, WaitingServer, decide_order, paths_behind
from chalicelib.domain.plans.graph import find_cycle
from chalicelib.domain.runs.records import Mode

_BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
_EXECUTION = "simulated"

Policy = Callable[[Sequence[Line], Load], Iterable[LaunchJob]]
"""Which servers of these lines launch now in which jobs."""


@dataclass(frozen=True, kw_only=True)
class SimulatedServer:
    """A server with the time that is expected of it, which decisions know, and the time that it takes."""

    server_id: str
    wave: int
    place: str
    kind: str
    expected_seconds: float
    seconds: float


@dataclass(frozen=True, kw_only=True)
class SimulatedPlan:
    """Waves with the waves that each depends on, their delays, and the servers of all of them."""

    needs: Mapping[int, Sequence[int]]
    servers: Sequence[SimulatedServer]
    delays: Mapping[int, float] = field(default_factory=dict)

    def wave_seconds(self, *, expected: bool = False) -> dict[int, float]:
        """How long each wave takes without quotas: as long as its slowest server."""
        slowest = dict.fromkeys(self.needs, 0.0)
        for server in self.servers:
            seconds = server.expected_seconds if expected else server.seconds
            slowest[server.wave] = max(slowest[server.wave], seconds)
        return slowest


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """Times that no order of launches can beat, in seconds; the quota's is that of the busiest place."""

    critical_path: float
    quota: float

    @property
    def seconds(self) -> float:
        return max(self.critical_path, self.quota)


@dataclass(kw_only=True)
class Played:
    """What happened: how long it took, and for how long servers waited for what.

    ``queued_seconds`` is by wave the time from when its servers could launch to the request of its last job.
    ``bound_by_servers`` and ``bound_by_jobs`` are the seconds in which servers waited at a place because its 500
    servers, or its 20 jobs, were used up; several places count one after the other.
    """

    seconds: float = 0.0
    queued_seconds: dict[int, float] = field(default_factory=dict)
    bound_by_servers: float = 0.0
    bound_by_jobs: float = 0.0
    jobs: int = 0


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


def has_cycle(needs: Mapping[int, Sequence[int]]) -> bool:
    """Whether waves wait for each other, so that the plan could never be played."""
    return bool(find_cycle(needs))


def by_path_and_kind(lines: Sequence[Line], load: Load) -> Iterable[LaunchJob]:
    """The product's own decision."""
    return decide_order(lines, load).jobs


def play(plan: SimulatedPlan, policy: Policy = by_path_and_kind) -> Played:
    """Plays the plan to its end. Whenever a wave becomes ready or a job ends, the policy decides."""
    return _Run(plan, policy).play()


@dataclass(kw_only=True)
class _Place:
    """What waits at a place, by wave, and what runs there."""

    waiting: dict[int, dict[str, WaitingServer]] = field(default_factory=dict)
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
        self._servers = {server.server_id: server for server in plan.servers}
        self._by_wave: dict[int, list[SimulatedServer]] = {number: [] for number in plan.needs}
        for server in plan.servers:
            self._by_wave[server.wave].append(server)
        self._left = {number: len(servers) for number, servers in self._by_wave.items()}
        self._places = {server.place: _Place() for server in plan.servers}
        self._ready_at: dict[int, float] = {}
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._count = 0
        self._now = 0.0
        self._played = Played()

    def play(self) -> Played:
        for number, needed in self._needs.items():
            if not needed:
                self._release(number)
        while self._events:
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
        self._ready_at[wave] = self._now
        self._played.queued_seconds[wave] = 0.0
        for server in self._by_wave[wave]:
            waiting = WaitingServer(server.server_id, server.kind, server.expected_seconds)
            self._places[server.place].waiting.setdefault(wave, {})[server.server_id] = waiting
        if not self._left[wave]:
            self._end_wave(wave)

    def _decide(self, name: str, place: _Place) -> None:
        if place.waiting and place.load.free_servers and place.load.free_jobs:
            self._launch_best(name, place)
        self._note_quotas(place)

    def _launch_best(self, name: str, place: _Place) -> None:
        lines = [
            Line(
                execution_id=_EXECUTION,
                wave_number=wave,
                mode=Mode.RECOVERY,
                since=_BEGINNING,
                servers=tuple(waiting.values()),
                seconds_behind=self._behind[wave],
            )
            for wave, waiting in place.waiting.items()
        ]
        for job in self._policy(lines, place.load):
            self._launch(name, job.line[1], job.server_ids)

    def _note_quotas(self, place: _Place) -> None:
        """Counts the time since the last look for the quota that kept servers waiting, and notes which one does now."""
        passed = self._now - place.bound_since
        self._played.bound_by_servers += passed if place.bound_by == "servers" else 0.0
        self._played.bound_by_jobs += passed if place.bound_by == "jobs" else 0.0
        place.bound_since = self._now
        bound_by = "jobs" if place.load.free_servers else "servers"
        place.bound_by = bound_by if place.waiting else ""

    def _launch(self, name: str, wave: int, server_ids: Sequence[str]) -> None:
        place = self._places[name]
        place.jobs += 1
        place.servers += len(server_ids)
        self._played.jobs += 1
        self._played.queued_seconds[wave] = self._now - self._ready_at[wave]
        for server_id in server_ids:
            del place.waiting[wave][server_id]
        if not place.waiting[wave]:
            del place.waiting[wave]
        slowest = max(self._servers[server_id].seconds for server_id in server_ids)
        self._at(self._now + slowest, partial(self._end_job, place, wave, len(server_ids)))

    def _end_job(self, place: _Place, wave: int, servers: int) -> None:
        place.jobs -= 1
        place.servers -= servers
        self._left[wave] -= servers
        if not self._left[wave]:
            self._end_wave(wave)

    def _end_wave(self, wave: int) -> None:
        for number, needed in self._needs.items():
            if wave in needed:
                needed.discard(wave)
                if not needed:
                    self._release(number)
