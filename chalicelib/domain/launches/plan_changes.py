"""What changes of a plan would save: the simulated recoveries are played again with each change."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from itertools import pairwise
from statistics import median

import msgspec

from ..plans.graph import longest_path
from ..text import count_of
from .simulation import Played, SimulatedPlan, SimulatedServer, play

MOST_CHANGES = 6
"""How many changes of the plan are simulated, those that promise most."""

CHANGE_RUNS = 5
"""How many of the runs are simulated again with a change, with the same times."""

WORTH_SHARE = 0.01
"""A change that saves less than this share of the recovery time is not named."""


class ChangeKind(StrEnum):
    """SPLIT_WAVE: nothing waits for the slowest servers of the wave. DROP_DEPENDENCY: it does not wait for another."""

    SPLIT_WAVE = "SPLIT_WAVE"
    DROP_DEPENDENCY = "DROP_DEPENDENCY"


class PlanChange(msgspec.Struct, frozen=True, rename="camel"):
    """A change of the plan, and what it would save. ``dependsOn`` is the wave that is no longer waited for."""

    kind: ChangeKind
    wave_number: int
    depends_on: int | None
    saves_seconds: float
    text: str


def changes_of(runs: Sequence[SimulatedPlan], played: Sequence[Played], path: Sequence[int]) -> list[PlanChange]:
    """The changes along the critical path that save time, by the same runs with and without each, the best first."""
    before = [each.seconds for each in played[:CHANGE_RUNS]]
    spans = {
        number: delay + median(each.ended_at[number] - each.ready_at[number] for each in played)
        for number, delay in runs[0].delays.items()
    }
    worth = WORTH_SHARE * median(each.seconds for each in played)
    changes = []
    for change in _promising(runs[0], spans, path):
        after = [play(_changed(run, change)).seconds for run in runs[:CHANGE_RUNS]]
        saved = median(earlier - later for earlier, later in zip(before, after, strict=True))
        if saved > worth:
            changes.append(msgspec.structs.replace(change, saves_seconds=round(saved, 1)))
    return sorted(changes, key=lambda change: -change.saves_seconds)


def _promising(run: SimulatedPlan, spans: Mapping[int, float], path: Sequence[int]) -> list[PlanChange]:
    """The changes along the critical path that shorten the longest path most."""
    longest = _longest(run.needs, spans)
    found: list[tuple[float, PlanChange]] = []
    for before, number in pairwise(path):
        needs = {**run.needs, number: tuple(other for other in run.needs[number] if other != before)}
        text = f"Let wave {number} start without waiting for wave {before}."
        found.append((longest - _longest(needs, spans), _change(ChangeKind.DROP_DEPENDENCY, number, before, text)))
    for number in path[:-1]:
        slow, rest = _slowest(run, number)
        if slow and rest:
            held = max(server.expected_seconds for server in slow) - max(server.expected_seconds for server in rest)
            shorter = {**spans, number: max(0.0, spans[number] - held)}
            moved = f"Move the {count_of(len(slow), 'slowest server')} of wave {number} to a new wave"
            text = f"{moved} that no other waits for."
            found.append((longest - _longest(run.needs, shorter), _change(ChangeKind.SPLIT_WAVE, number, None, text)))
    found.sort(key=lambda item: -item[0])
    return [change for gain, change in found[:MOST_CHANGES] if gain > 0]


def _change(kind: ChangeKind, number: int, depends_on: int | None, text: str) -> PlanChange:
    return PlanChange(kind, number, depends_on, 0.0, text)


def _changed(run: SimulatedPlan, change: PlanChange) -> SimulatedPlan:
    number = change.wave_number
    if change.kind is ChangeKind.DROP_DEPENDENCY:
        needs = {**run.needs, number: tuple(other for other in run.needs[number] if other != change.depends_on)}
        return msgspec.structs.replace(run, needs=needs)
    added = max(run.needs) + 1
    slow = {server.server_id for server in _slowest(run, number)[0]}
    return SimulatedPlan(
        needs={**run.needs, added: run.needs[number]},
        servers=[
            msgspec.structs.replace(server, wave=added) if server.server_id in slow else server
            for server in run.servers
        ],
        delays={**run.delays, added: run.delays.get(number, 0.0)},
    )


def _slowest(run: SimulatedPlan, number: int) -> tuple[list[SimulatedServer], list[SimulatedServer]]:
    """The servers of the wave of the slowest kind, and the others."""
    servers = [server for server in run.servers if server.wave == number]
    kind = max(servers, key=lambda server: (server.expected_seconds, server.kind)).kind if servers else ""
    return [each for each in servers if each.kind == kind], [each for each in servers if each.kind != kind]


def _longest(needs: Mapping[int, Sequence[int]], spans: Mapping[int, float]) -> float:
    return sum(spans[number] for number in longest_path(needs, spans))
