"""The operation of the dashboard's first page: what runs, what waits for people, and how the estate is."""

from datetime import datetime
from typing import Generic, TypeVar

import msgspec

from ..domain.access.permissions import Permission
from ..domain.estate.capacity import EstateFigures
from ..domain.estate.syncs import SyncFigures
from ..domain.plans.drill_ages import DrillFigures
from ..domain.runs.figures import OutcomeFigures
from ..domain.runs.records import Execution
from .declaration import Nothing, Operation, Side
from .live import DecisionToMake

T = TypeVar("T")


class Part(msgspec.Struct, Generic[T], frozen=True, rename="camel"):
    """One part of the dashboard as it was at ``asOf``; ``data`` is null if it was never read.

    ``problem`` is why it could not be read since; empty if it could.
    """

    as_of: datetime | None
    problem: str
    data: T | None


class RunningExecutions(msgspec.Struct, frozen=True, rename="camel"):
    """Executions that have not ended, the oldest first; 100 at most."""

    items: list[Execution]


class DecisionsToMake(msgspec.Struct, frozen=True, rename="camel"):
    """Decisions that people have to make, the oldest first; 100 at most."""

    items: list[DecisionToMake]


class DashboardData(msgspec.Struct, frozen=True, rename="camel"):
    """``running`` and ``decisions`` are read now, the others are kept every 5 minutes.

    A part that cannot be read does not empty the others.
    """

    running: Part[RunningExecutions]
    decisions: Part[DecisionsToMake]
    estate: Part[EstateFigures]
    syncs: Part[SyncFigures]
    outcomes: Part[OutcomeFigures]
    drills: Part[DrillFigures]


OPERATIONS = (
    Operation(
        name="get_dashboard_data",
        side=Side.QUERY,
        permission=Permission.VIEW,
        request=Nothing,
        response=DashboardData,
        summary="Executions that run, decisions to make, servers, capacity, syncs, outcomes and drills of all plans.",
    ),
)
