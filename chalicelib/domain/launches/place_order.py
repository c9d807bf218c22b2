"""One order for all servers that wait at a place: which launch now in which jobs, and behind what the others wait.

RECOVERY comes before DRILL, then the more urgent plan, then the older execution. Within an execution the server with
the longest remaining path comes first: its own expected time and everything that waits for its wave. A job holds its
servers' quota until its slowest server ends, so servers of like kind and expected time launch together.
"""

import heapq
import math
from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby

import msgspec

from ..estate.quotas import SERVERS_IN_JOBS, SERVERS_PER_JOB, Load
from ..plans.plans import DEFAULT_PRIORITY
from ..runs.records import Mode

LineKey = tuple[str, int]
"""An execution and the number of one of its waves."""

NOT_STARTED = datetime.max.replace(tzinfo=UTC)
"""The start of an execution that has not started yet: it is younger than all that run."""


class WaitingServer(msgspec.Struct, frozen=True, gc=False):
    """A server that waits; servers of one ``kind`` take about the same time. ``limit`` is the largest job for it."""

    server_id: str
    kind: str
    expected_seconds: float
    limit: int = SERVERS_PER_JOB


class Line(msgspec.Struct, frozen=True):
    """The servers of one wave that wait at a place.

    ``since`` is the start of the execution; ``priority`` is that of its plan, 1 the most urgent. ``seconds_behind`` is
    the longest expected path of the waves that wait for this one.
    """

    execution_id: str
    wave_number: int
    mode: Mode
    since: datetime
    servers: tuple[WaitingServer, ...]
    priority: int = DEFAULT_PRIORITY
    seconds_behind: float = 0.0

    @property
    def key(self) -> LineKey:
        return self.execution_id, self.wave_number


class LaunchJob(msgspec.Struct, frozen=True):
    """A job to request now. It has servers of one wave only."""

    line: LineKey
    server_ids: tuple[str, ...]


class Queued(msgspec.Struct, frozen=True):
    """What a wave waits behind.

    ``ahead`` are the other waves with a server that comes before all of its own that wait, best first.
    ``seconds`` is about how long until its first server launches.
    """

    server_ids: tuple[str, ...]
    ahead: tuple[LineKey, ...]
    seconds: float


class Order(msgspec.Struct, frozen=True):
    """The decision for one place at one moment."""

    jobs: tuple[LaunchJob, ...]
    queued: dict[LineKey, Queued]


_Ranked = tuple[int, bool, float, int, str, LineKey, WaitingServer]
"""A server after what orders it: the position of its execution, whether it was refused, minus its path, wave and id."""


def decide_order(lines: Sequence[Line], load: Load) -> Order:
    """Decides what launches at a place now. Servers in other jobs (``load.busy``) are left out.

    A server waits while a worse one launches only if no job slot was left for it: a job has one wave, kind and limit.
    """
    ranked = _in_order(lines, load)
    jobs = _launch_jobs(ranked, load)
    launched = {server_id for job in jobs for server_id in job.server_ids}
    return Order(tuple(jobs), _queued(ranked, launched, load))


def decide_jobs(lines: Sequence[Line], load: Load) -> list[LaunchJob]:
    """The jobs of the same decision, without what the others wait behind: a simulation makes thousands of them."""
    return _launch_jobs(_in_order(lines, load), load)


def paths_behind(needs: Mapping[int, Iterable[int]], seconds: Mapping[int, float]) -> dict[int, float]:
    """For each wave, the longest path of the waves that wait for it, directly or through others.

    ``needs`` are the waves that each wave depends on, free of cycles; ``seconds`` is how long each takes.
    """
    waited_by: dict[int, list[int]] = {number: [] for number in needs}
    for number, needed in needs.items():
        for other in needed:
            waited_by[other].append(number)
    behind: dict[int, float] = {}

    def path(number: int) -> float:
        if number not in behind:
            behind[number] = max((seconds.get(next_, 0.0) + path(next_) for next_ in waited_by[number]), default=0.0)
        return behind[number]

    return {number: path(number) for number in needs}


def _in_order(lines: Sequence[Line], load: Load) -> list[_Ranked]:
    """All servers that could launch, best first. Servers of refused requests come last in their execution."""
    executions = sorted({execution_order(line.mode, line.priority, line.since, line.execution_id) for line in lines})
    position = {execution_id: index for index, (_, _, _, execution_id) in enumerate(executions)}
    busy = load.busy
    ranked: list[_Ranked] = []
    for line in lines:
        key, place, wave, behind = line.key, position[line.execution_id], line.wave_number, line.seconds_behind
        servers = [server for server in line.servers if server.server_id not in busy] if busy else line.servers
        ranked += [
            (
                place,
                server.limit < SERVERS_PER_JOB,
                -behind - server.expected_seconds,
                wave,
                server.server_id,
                key,
                server,
            )
            for server in servers
        ]
    ranked.sort()
    return ranked


def _launch_jobs(ranked: Sequence[_Ranked], load: Load) -> list[LaunchJob]:
    jobs = _fill(ranked, load)
    if len(ranked) > load.free_servers:
        jobs = _split(jobs, load)
    return [LaunchJob(job[0][5], tuple([entry[4] for entry in job])) for job in jobs]


def execution_order(mode: Mode, priority: int, since: datetime, execution_id: str) -> tuple[bool, int, datetime, str]:
    """What orders executions at a place: recoveries first, the most urgent of them first, then by age.

    Priority counts among recoveries only.
    """
    is_recovery = mode is Mode.RECOVERY
    return (not is_recovery, priority if is_recovery else DEFAULT_PRIORITY, since, execution_id)


def _fill(ranked: Sequence[_Ranked], load: Load) -> list[list[_Ranked]]:
    """The best servers in as few jobs as their waves, kinds and limits allow."""
    room, slots = load.free_servers, load.free_jobs
    jobs: list[list[_Ranked]] = []
    open_jobs: dict[tuple[LineKey, str, int], list[_Ranked]] = {}
    for group, alike in groupby(ranked, _group):
        if not room:
            break
        left = list(alike)
        most = min(group[2], SERVERS_PER_JOB)
        while left and room:
            job = open_jobs.get(group)
            if job is None or len(job) >= most:
                if len(jobs) >= slots:
                    break
                job = open_jobs[group] = []
                jobs.append(job)
            added = left[: min(most - len(job), room)]
            left = left[len(added) :]
            job += added
            room -= len(added)
    return jobs


def _group(entry: _Ranked) -> tuple[LineKey, str, int]:
    """What the servers of a job have in common."""
    server = entry[6]
    return entry[5], server.kind, server.limit


def _split(jobs: list[list[_Ranked]], load: Load) -> list[list[_Ranked]]:
    """Halves the jobs that hold most, as far as slots are left that the rest of the quota does not need.

    The slowest server of a small job holds up fewer others. Slots are spent in proportion to the servers' quota.
    """
    taken = sum(map(len, jobs))
    slots = math.ceil(load.free_jobs * taken / load.free_servers) if load.free_servers else 0
    parts = [1] * len(jobs)
    held = [_seconds(job) for job in jobs]
    largest = [(-seconds, index) for index, seconds in enumerate(held)]
    heapq.heapify(largest)
    for _ in range(slots - len(jobs)):
        if not largest:
            break
        _, index = heapq.heappop(largest)
        if parts[index] < len(jobs[index]):
            parts[index] += 1
            heapq.heappush(largest, (-held[index] / parts[index], index))
    return [
        job[len(job) * part // count : len(job) * (part + 1) // count]
        for job, count in zip(jobs, parts, strict=True)
        for part in range(count)
    ]


def _queued(ranked: Sequence[_Ranked], launched: Container[str], load: Load) -> dict[LineKey, Queued]:
    """What each wave waits behind. Jobs that run already are taken to be half over."""
    waiting: dict[LineKey, list[str]] = {}
    ahead: dict[LineKey, tuple[LineKey, ...]] = {}
    seconds: dict[LineKey, float] = {}
    before: dict[LineKey, None] = {}
    mean = _seconds(ranked) / len(ranked) if ranked else 0.0
    work = load.servers * mean / 2
    for *_, key, server in ranked:
        if server.server_id not in launched:
            if key not in waiting:
                ahead[key] = tuple(other for other in before if other != key)
                seconds[key] = work / SERVERS_IN_JOBS
                waiting[key] = []
            waiting[key].append(server.server_id)
        before[key] = None
        work += server.expected_seconds
    return {key: Queued(tuple(ids), ahead[key], seconds[key]) for key, ids in waiting.items()}


def _seconds(job: Iterable[_Ranked]) -> float:
    return sum([entry[6].expected_seconds for entry in job])
