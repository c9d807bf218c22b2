"""What changes of a plan would save: the simulated recoveries are played again with each change."""

from collections import Counter
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
    """What is changed.

    SPLIT_WAVE: nothing waits for the slowest servers of the wave. DROP_DEPENDENCY: it does not wait for another.
    FAST_MODE: its servers, or those of all waves, launch in the recovery mode FAST, which skips the conversion of boot
    volumes where DRS can.
    """

    SPLIT_WAVE = "SPLIT_WAVE"
    DROP_DEPENDENCY = "DROP_DEPENDENCY"
    FAST_MODE = "FAST_MODE"


class PlanChange(msgspec.Struct, frozen=True, rename="camel"):
    """A change of the plan or of its servers' launch settings, and what it would save.

    ``waveNumber`` is the wave that is changed, null for all. ``dependsOn`` is the wave that is no longer waited for.
    """

    kind: ChangeKind
    wave_number: int | None
    depends_on: int | None
    saves_seconds: float
    text: str


def changes_of(
    runs: Sequence[SimulatedPlan], played: Sequence[Played], path: Sequence[int], fast: Mapping[str, float]
) -> list[PlanChange]:
    """The changes along the critical path that save time, by the same runs with and without each, the best first.

    ``fast`` are the expected times in FAST mode of the servers that it would speed up, by id.
    """
    before = [each.seconds for each in played[:CHANGE_RUNS]]
    spans = {
        number: delay + median(each.ended_at[number] - each.ready_at[number] for each in played)
        for number, delay in runs[0].delays.items()
        if number not in runs[0].others
    }
    worth = WORTH_SHARE * median(each.seconds for each in played)
    changes = []
    for change in _promising(runs[0], spans, path, fast):
        after = [play(_changed(run, change, fast)).seconds for run in runs[:CHANGE_RUNS]]
        saved = median(earlier - later for earlier, later in zip(before, after, strict=True))
        if saved > worth:
            changes.append(msgspec.structs.replace(change, saves_seconds=round(saved, 1)))
    return sorted(changes, key=lambda change: -change.saves_seconds)


def _promising(
    run: SimulatedPlan, spans: Mapping[int, float], path: Sequence[int], fast: Mapping[str, float]
) -> list[PlanChange]:
    """The changes along the critical path that shorten the longest path most."""
    own = run.own_needs
    longest = _longest(own, spans)
    found: list[tuple[float, PlanChange]] = []
    for before, number in pairwise(path):
        needs = {**own, number: tuple(other for other in own[number] if other != before)}
        text = f"Let wave {number} start without waiting for wave {before}."
        found.append((longest - _longest(needs, spans), _change(ChangeKind.DROP_DEPENDENCY, number, before, text)))
    for number in path[:-1]:
        slow, rest = _slowest(run, number)
        if slow and rest:
            held = max(server.expected_seconds for server in slow) - max(server.expected_seconds for server in rest)
            shorter = {**spans, number: max(0.0, spans[number] - held)}
            moved = f"Move the {count_of(len(slow), 'slowest server')} of wave {number} to a new wave"
            text = f"{moved} that no other waits for."
            found.append((longest - _longest(own, shorter), _change(ChangeKind.SPLIT_WAVE, number, None, text)))
    found += [(longest - _longest(own, shorter), change) for shorter, change in _fast(run, spans, path, fast)]
    found.sort(key=lambda item: -item[0])
    return [change for gain, change in found[:MOST_CHANGES] if gain > 0]


def _fast(
    run: SimulatedPlan, spans: Mapping[int, float], path: Sequence[int], fast: Mapping[str, float]
) -> list[tuple[dict[int, float], PlanChange]]:
    """FAST mode for each wave of the critical path and for all waves, with how long the waves would then take."""
    waves = Counter(server.wave for server in run.servers if server.server_id in fast)
    before = run.wave_seconds(expected=True)
    after = _in_fast_mode(run, fast).wave_seconds(expected=True)
    shorter = {number: max(0.0, span - before[number] + after[number]) for number, span in spans.items()}
    mode = "in recovery mode FAST, which skips the conversion of boot volumes where DRS can."
    changes = []
    for number in path:
        if waves[number]:
            text = f"Launch {count_of(waves[number], 'server')} of wave {number} {mode}"
            one = {**spans, number: shorter[number]}
            changes.append((one, _change(ChangeKind.FAST_MODE, number, None, text)))
    if len(waves) > 1:
        text = f"Launch {count_of(waves.total(), 'server')} of {count_of(len(waves), 'wave')} {mode}"
        changes.append((shorter, _change(ChangeKind.FAST_MODE, None, None, text)))
    return changes


def _in_fast_mode(run: SimulatedPlan, fast: Mapping[str, float], number: int | None = None) -> SimulatedPlan:
    """The run with the servers of the wave, or of all, in FAST mode; they deviate as much from what is expected."""
    servers = []
    for server in run.servers:
        expected = fast.get(server.server_id) if number in {None, server.wave} else None
        if expected is not None:
            seconds = server.seconds * expected / server.expected_seconds
            server = msgspec.structs.replace(server, expected_seconds=expected, seconds=seconds)  # noqa: PLW2901
        servers.append(server)
    return msgspec.structs.replace(run, servers=servers)


def _change(kind: ChangeKind, number: int | None, depends_on: int | None, text: str) -> PlanChange:
    return PlanChange(kind, number, depends_on, 0.0, text)


def _changed(run: SimulatedPlan, change: PlanChange, fast: Mapping[str, float]) -> SimulatedPlan:
    number = change.wave_number
    if change.kind is ChangeKind.FAST_MODE or number is None:
        return _in_fast_mode(run, fast, number)
    if change.kind is ChangeKind.DROP_DEPENDENCY:
        needs = {**run.needs, number: tuple(other for other in run.needs[number] if other != change.depends_on)}
        return msgspec.structs.replace(run, needs=needs)
    added = max(run.needs) + 1
    slow = {server.server_id for server in _slowest(run, number)[0]}
    return msgspec.structs.replace(
        run,
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
