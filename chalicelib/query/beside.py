"""Reads the other executions that launch at the same places, and keeps them for a few seconds for clients that poll."""

import threading
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import msgspec

from ..domain.estate.accounts import Place
from ..domain.launches.beside import Beside, beside_of, first_in_order
from ..domain.runs.records import Execution, JobRun, WaveRun
from ..side_by_side import map_bounded
from ..store.reads.runs.execution_lists import running_executions
from ..store.reads.runs.executions import get_launch_jobs, get_waves

MOST_EXECUTIONS = 25
"""How many other executions count: those that go first at a place."""

MAX_AGE_FOR_POLLS = timedelta(seconds=10)
"""How old the other executions may be in an answer that clients ask for every few seconds."""


class _Launching(msgspec.Struct, frozen=True):
    """The executions that go first, with their waves and launch requests, as they were ``read_at``."""

    found: Sequence[tuple[Execution, Sequence[WaveRun], Sequence[JobRun]]]
    read_at: datetime


class LaunchingExecutions:
    """What running executions launch, read once for all callers of this process who may get the same age."""

    def __init__(self) -> None:
        self._kept: _Launching | None = None
        self._lock = threading.Lock()

    def beside(
        self, places: Collection[Place], plan_id: str, now: datetime, *, own: str = "", max_age: timedelta = timedelta()
    ) -> Beside:
        """What other executions launch at these places; ``own`` is the one that asks.

        Costs nothing where they were read within ``max_age``. Otherwise it costs one query for each status of
        executions that run, and two for each of at most 26 that do.
        """
        if not places:
            return Beside(now)
        others = [each for each in self._launching(now, max_age) if each[0].execution_id != own]
        return beside_of(others[:MOST_EXECUTIONS], places, now, plan_id)

    def _launching(
        self, now: datetime, max_age: timedelta
    ) -> Sequence[tuple[Execution, Sequence[WaveRun], Sequence[JobRun]]]:
        with self._lock:  # while one caller reads, the others wait for what it finds
            if self._kept is None or abs(now - self._kept.read_at) >= max_age:
                first = first_in_order(running_executions(), MOST_EXECUTIONS + 1)
                self._kept = _Launching(map_bounded(_with_launches, first), now)
            return self._kept.found


executions_beside = LaunchingExecutions().beside
"""The one of this process."""


def _with_launches(execution: Execution) -> tuple[Execution, Sequence[WaveRun], Sequence[JobRun]]:
    return execution, get_waves(execution.execution_id), get_launch_jobs(execution.execution_id)
