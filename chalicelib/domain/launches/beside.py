"""What other executions launch at the same places: their jobs take quota, and their servers stand in the same order."""

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime

import msgspec

from ..estate.accounts import Place
from ..runs.records import Execution, ExecutionStatus, JobRun, JobStatus, Mode, WaveRun, WaveStatus
from .draws import Chance
from .place_order import execution_order
from .rest import rest_of
from .simulation import SimulatedPlan, Turn

_AFTER = 1_000
"""Between the numbers of the waves of two other executions in a simulation. A plan has at most 200 waves."""

_FOR_PEOPLE = {WaveStatus.AWAITING_APPROVAL, WaveStatus.AWAITING_DECISION}


class ExecutionBeside(msgspec.Struct, frozen=True, rename="camel"):
    """Another execution with servers at the same places: how many are launching there now, and how many still wait."""

    execution_id: str
    plan_name: str
    mode: Mode
    launching_count: int
    waiting_count: int


class OtherRun(msgspec.Struct, frozen=True):
    """Another execution: its waves with servers to launch or in a job, and its open jobs.

    ``launching`` are the numbers of the waves that go on without a decision of a person.
    """

    execution: Execution
    waves: tuple[WaveRun, ...]
    jobs: tuple[JobRun, ...]
    launching: frozenset[int]
    shown: ExecutionBeside


class Beside(msgspec.Struct, frozen=True):
    """The other executions as of ``now``, the oldest first."""

    now: datetime
    runs: tuple[OtherRun, ...] = ()

    @property
    def executions(self) -> tuple[ExecutionBeside, ...]:
        return tuple(run.shown for run in self.runs)

    @property
    def server_count(self) -> int:
        """The servers that a simulation plays for them, at any place."""
        return sum(wave.server_count for run in self.runs for wave in run.waves)


NOTHING_BESIDE = Beside(datetime.min.replace(tzinfo=UTC))


def first_in_order(executions: Iterable[Execution], count: int) -> list[Execution]:
    """At most ``count`` executions, those that go first at a place."""

    def order(each: Execution) -> tuple[bool, int, datetime, str]:
        return execution_order(each.mode, each.priority, each.started_at, each.execution_id)

    return sorted(executions, key=order)[:count]


def beside_of(
    found: Iterable[tuple[Execution, Sequence[WaveRun], Sequence[JobRun]]],
    places: Collection[Place],
    now: datetime,
    plan_id: str,
) -> Beside:
    """What counts of these executions for one that launches at these places.

    An execution of the same plan counts with its open jobs only, because two do not launch the same servers.
    """
    runs = []
    for execution, waves, jobs in sorted(found, key=lambda item: item[0].started_at):
        launching = frozenset() if execution.plan_id == plan_id else _launching(execution, waves)
        open_jobs = tuple(job for job in jobs if job.is_open)
        kept = tuple(wave for wave in waves if wave.wave_number in launching | {job.wave_number for job in open_jobs})
        shown = ExecutionBeside(
            execution_id=execution.execution_id,
            plan_name=execution.plan_name,
            mode=execution.mode,
            launching_count=sum(len(job.server_ids) for job in open_jobs if job.place in places),
            waiting_count=sum(_waiting(wave, jobs, places) for wave in kept if wave.wave_number in launching),
        )
        if shown.launching_count or shown.waiting_count:
            runs.append(OtherRun(execution, kept, tuple(jobs), launching, shown))
    return Beside(now, tuple(runs))


def turn_of(execution: Execution) -> Turn:
    """What orders the execution at a place."""
    return Turn(execution.execution_id, execution.mode, execution.started_at, execution.priority)


def with_others(runs: Sequence[SimulatedPlan], beside: Beside, chance: Chance) -> list[SimulatedPlan]:
    """The simulations with the waves of the other executions, whose numbers are negative."""
    merged = list(runs)
    for index, other in enumerate(beside.runs):
        rests = rest_of(other.waves, other.jobs, beside.now, len(runs), chance)
        merged = [_merged(run, rest, other, index * _AFTER) for run, rest in zip(merged, rests, strict=True)]
    return merged


def _merged(run: SimulatedPlan, rest: SimulatedPlan, other: OtherRun, before: int) -> SimulatedPlan:
    def numbered(wave: int) -> int:
        return -before - wave

    replace = msgspec.structs.replace
    servers = [
        replace(server, wave=numbered(server.wave), server_id=f"{other.execution.execution_id} {server.server_id}")
        for server in rest.servers
        if server.wave in other.launching
    ]
    return replace(
        run,
        needs={
            **run.needs,
            **{numbered(wave): [numbered(each) for each in needed] for wave, needed in rest.needs.items()},
        },
        servers=[*run.servers, *servers],
        delays={**run.delays, **{numbered(wave): delay for wave, delay in rest.delays.items()}},
        running=[*run.running, *(replace(job, wave=numbered(job.wave)) for job in rest.running)],
        others={**run.others, **dict.fromkeys(map(numbered, rest.needs), turn_of(other.execution))},
    )


def _launching(execution: Execution, waves: Sequence[WaveRun]) -> frozenset[int]:
    """The waves that launch servers without a decision of a person."""
    if execution.stop_reason or execution.status not in {ExecutionStatus.CREATED, ExecutionStatus.IN_PROGRESS}:
        return frozenset()
    ahead = {wave.wave_number: wave for wave in waves if not wave.status.is_final}
    held = {number for number, wave in ahead.items() if wave.has_open_gate or wave.status in _FOR_PEOPLE}
    reached: set[int] = set()
    while held != reached:
        reached = set(held)
        held |= {number for number, wave in ahead.items() if held & set(wave.depends_on)}
    return frozenset(ahead.keys() - held)


def _waiting(wave: WaveRun, jobs: Sequence[JobRun], places: Collection[Place]) -> int:
    """How many servers of the wave are in no job of its attempt yet."""
    ahead = sum(each.count for each in wave.launches if each.place in places)
    return max(0, ahead - sum(len(job.server_ids) for job in _of_attempt(wave, jobs) if job.place in places))


def _of_attempt(wave: WaveRun, jobs: Sequence[JobRun]) -> list[JobRun]:
    mine = (job for job in jobs if job.wave_number == wave.wave_number and job.attempt == wave.attempt)
    return [job for job in mine if job.status is not JobStatus.REFUSED]
