"""What runs, what waits for people, and how the estate is: the dashboard's first page, and the scheduled metrics."""

from datetime import datetime
from enum import StrEnum
from typing import Generic, TypeVar

import msgspec

from ..domain.access.evidence_standing import EvidenceStanding
from ..domain.access.permissions import Permission
from ..domain.estate.capacity import EstateFigures
from ..domain.estate.syncs import SyncFigures
from ..domain.notices.unsent import UnsentNotices
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
    """``running``, ``decisions``, ``notices`` and ``evidence`` are read now, the others are kept every 5 minutes.

    A part that cannot be read does not empty the others.
    """

    running: Part[RunningExecutions]
    decisions: Part[DecisionsToMake]
    estate: Part[EstateFigures]
    syncs: Part[SyncFigures]
    outcomes: Part[OutcomeFigures]
    drills: Part[DrillFigures]
    notices: Part[UnsentNotices]
    evidence: Part[EvidenceStanding]


class MetricsPart(StrEnum):
    """The parts that are read apart, so that one that cannot be read does not take the others with it."""

    ESTATE = "ESTATE"
    SYNCS = "SYNCS"
    EXECUTIONS = "EXECUTIONS"
    DECISIONS = "DECISIONS"
    DRILLS = "DRILLS"
    LEFT_OVER = "LEFT_OVER"


class PublishedMetrics(msgspec.Struct, frozen=True, rename="camel"):
    """How many values were published. ``missing`` are the parts that could not be read, with the reason."""

    published: int
    missing: dict[MetricsPart, str]


OPERATIONS = (
    Operation(
        name="get_dashboard_data",
        side=Side.QUERY,
        permission=Permission.VIEW,
        request=Nothing,
        response=DashboardData,
        summary="What runs, what waits or failed unseen, servers, capacity, syncs, outcomes and drills of all plans.",
    ),
    Operation(
        name="publish_metrics",
        side=Side.QUERY,
        permission=Permission.VIEW,
        request=Nothing,
        response=PublishedMetrics,
        summary="Publish metrics of replication, capacity, syncs, runs and drills. Runs every 5 minutes by schedule.",
    ),
)
