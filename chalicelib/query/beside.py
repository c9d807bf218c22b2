"""Reads the other executions that launch at the same places."""

from collections.abc import Collection, Sequence
from datetime import datetime

from ..domain.estate.accounts import Place
from ..domain.launches.beside import Beside, beside_of, first_in_order
from ..domain.runs.records import Execution, JobRun, WaveRun
from ..side_by_side import map_bounded
from ..store.reads.runs.executions import get_launch_jobs, get_waves, running_executions

MOST_EXECUTIONS = 25
"""How many other executions count: those that go first at a place."""


def executions_beside(places: Collection[Place], plan_id: str, now: datetime, own: str = "") -> Beside:
    """What other executions launch at these places; ``own`` is the one that asks.

    Costs one query for each status of executions that run, and two for each of at most 25 that do.
    """
    if not places:
        return Beside(now)
    others = [execution for execution in running_executions() if execution.execution_id != own]
    counted = first_in_order(others, MOST_EXECUTIONS)
    return beside_of(map_bounded(_with_launches, counted), places, now, plan_id)


def _with_launches(execution: Execution) -> tuple[Execution, Sequence[WaveRun], Sequence[JobRun]]:
    return execution, get_waves(execution.execution_id), get_launch_jobs(execution.execution_id)
