"""Orchestration overhead: the time of a wave and of a plan that is not spent inside DRS jobs.

The orchestrator polls with its production settings; only DRS is faster than in AWS, so that three minutes are enough.
What is measured lies between jobs and does not depend on how long they take. The times of jobs come from DRS.
It is measured with events of DRS on, off (no account forwards them) and lost.
"""

import itertools
import statistics
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from benchmarks.local_runs import Ran, await_end, places_of, start_plan
from benchmarks.metric import Better, Measured, Metric, TextTable, describe_spread, median_metric
from chalicelib.domain.plans.configuration import GroupEntry, PlanEntry, WaveEntry
from chalicelib.domain.runs.records import ExecutionStatus
from local.cloud import LocalCloud
from local.demo.plan_file import PlanFile
from local.drs_events import DrsEvents
from local.world import Server

TARGET_SECONDS = {DrsEvents.ON: 1.0, DrsEvents.OFF: 5.0, DrsEvents.LOST: 5.0}
"""The median of a wave."""

PLAN_TARGET_SECONDS = 5.0
TARGET_OVERLAP = 0.9
SPEED = 80.0
PLANS_AT_ONCE = 2

# Two independent branches, and a wave that waits for both.
_DEPENDS_ON: dict[int, tuple[int, ...]] = {1: (), 2: (1,), 3: (2,), 4: (), 5: (4,), 6: (3, 5)}
_BRANCHES = ((1, 2, 3), (4, 5))
_SERVERS_OF_A_GROUP = 2
_SEED = 1
_FLEET = 300
_PATIENCE_SECONDS = 900


def measure() -> Measured:
    """Runs several plans at the same time, on a new local cloud for each way of events."""
    runs = {events: _runs(events) for events in DrsEvents}
    measured = [summarize(found, events) for events, found in runs.items()]
    return Measured(
        metrics=tuple(metric for one in measured for metric in one.metrics),
        tables=tuple(table for one in measured for table in one.tables),
    )


def _runs(events: DrsEvents) -> list[Ran]:
    with LocalCloud(speed=SPEED, seed=_SEED, servers=_FLEET, drs_events=events) as cloud:
        pools = [_Pool(servers) for servers in places_of(cloud.world.servers_with(application="fleet")).values()]
        started = [start_plan(cloud, _plan(f"Overhead {number}", pools)) for number in range(PLANS_AT_ONCE)]
        return [await_end(cloud, execution_id, patience_seconds=_PATIENCE_SECONDS) for execution_id in started]


def summarize(runs: Sequence[Ran], events: DrsEvents) -> Measured:
    """Makes metrics and a table from runs of the plan above."""
    overheads = [run.overhead_seconds(wave) for run in runs for wave in run.waves]
    excesses = [_excess_per_wave(run) for run in runs]
    overlaps = [branch_overlap(run, *_BRANCHES) for run in runs]
    completed = sum(run.execution.status is ExecutionStatus.COMPLETED for run in runs)
    name = f"overhead.events-{events.lower()}"
    metrics = (
        Metric(
            name=f"{name}.runs-completed",
            value=completed,
            unit="runs",
            target=len(runs),
            better=Better.HIGHER,
            spread=f"{len(runs)} runs at speed {SPEED:g}",
        ),
        median_metric(f"{name}.wave-median", overheads, "s", target=TARGET_SECONDS[events]),
        Metric(name=f"{name}.wave-worst", value=round(max(overheads), 3), unit="s"),
        Metric(
            name=f"{name}.plan-worst-per-wave-on-path",
            value=round(max(excesses), 3),
            unit="s",
            target=PLAN_TARGET_SECONDS,
            spread=describe_spread(excesses),
        ),
        Metric(
            name=f"{name}.branches-side-by-side",
            value=round(min(overlaps), 3),
            unit="of the shorter",
            target=TARGET_OVERLAP,
            better=Better.HIGHER,
            spread=describe_spread(overlaps),
        ),
    )
    return Measured(metrics=metrics, tables=(_table(runs, events),))


def branch_overlap(run: Ran, one: Iterable[int], other: Iterable[int]) -> float:
    """The share of the shorter branch's time, from first start to last end, in which the other ran too."""
    (begin, end), (other_begin, other_end) = _span(run, set(one)), _span(run, set(other))
    together = (min(end, other_end) - max(begin, other_begin)).total_seconds()
    return max(0.0, together) / min((end - begin).total_seconds(), (other_end - other_begin).total_seconds())


def _span(run: Ran, numbers: set[int]) -> tuple[datetime, datetime]:
    waves = [wave for wave in run.waves if wave.wave_number in numbers]
    begins = [wave.started_at for wave in waves if wave.started_at]
    ends = [wave.ended_at for wave in waves if wave.ended_at]
    return min(begins), max(ends)


def _excess_per_wave(run: Ran) -> float:
    seconds, waves = run.critical_path()
    return (run.total_seconds - seconds) / waves


def _table(runs: Sequence[Ran], events: DrsEvents) -> TextTable:
    rows = []
    for number, run in enumerate(runs, start=1):
        overheads = [run.overhead_seconds(wave) for wave in run.waves]
        path, waves = run.critical_path()
        rows.append(
            (
                f"run {number}",
                f"{run.total_seconds:.1f}",
                f"{path:.1f}",
                str(waves),
                f"{run.total_seconds - path:.1f}",
                f"{statistics.median(overheads):.2f}",
                f"{min(overheads):.2f}–{max(overheads):.2f}",
            )
        )
    return TextTable(
        title=f"Runs at speed {SPEED:g}, {PLANS_AT_ONCE} at the same time, events {events.lower()}",
        columns=("", "total s", "critical path s", "waves on it", "over it s", "wave median s", "wave min–max s"),
        numbers=6,
        rows=tuple(rows),
        notes=("Real seconds. Only DRS is sped up, so its jobs are short and the share of the overhead is large.",),
    )


class _Pool:
    """Servers of one account and Region, each of which is used once."""

    def __init__(self, servers: Sequence[Server]) -> None:
        self.place = (servers[0].plan.account, servers[0].plan.region)
        self._of_system = {
            system: iter([server for server in servers if server.plan.os == system]) for system in ("LINUX", "WINDOWS")
        }

    def group(self, name: str, systems: Iterable[str]) -> GroupEntry:
        """A group of servers that no other group has, one for each of the systems."""
        ids = tuple(next(self._of_system[system]).server_id for system in systems)
        return GroupEntry(name=name, account_id=self.place[0], region=self.place[1], source_server_ids=ids)


def _plan(name: str, pools: Sequence[_Pool]) -> PlanFile:
    """A plan whose waves have a group in each place; one slow server makes the branches differ in length."""
    groups = {number: list(_groups(name, number, pools)) for number in _DEPENDS_ON}
    waves = tuple(
        WaveEntry(name=f"wave {number}", group_ids=tuple(group.name for group in groups[number]), depends_on=depends_on)
        for number, depends_on in _DEPENDS_ON.items()
    )
    return PlanFile(groups=tuple(itertools.chain(*groups.values())), plan=PlanEntry(name=name, waves=waves))


def _groups(name: str, number: int, pools: Sequence[_Pool]) -> Iterator[GroupEntry]:
    for position, pool in enumerate(pools):
        slow = number == 4 and position == 0
        systems = ["WINDOWS" if slow else "LINUX", *["LINUX"] * (_SERVERS_OF_A_GROUP - 1)]
        yield pool.group(f"{name}, wave {number}, {pool.place[0]}", systems)
