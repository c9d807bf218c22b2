"""How long ago each plan was drilled with success, against the target, and which drills are scheduled next."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import msgspec

from .plans import RecoveryPlan

DRILL_TARGET = timedelta(days=90)
"""A plan should be drilled with success at least this often."""

MOST_PLANS = 1_000
"""The most plans whose drills are kept, so that they fit into one item of DynamoDB."""


class PlanDrills(msgspec.Struct, frozen=True, rename="camel"):
    """The drills of a plan. ``lastDrillAt`` is the end of the last one that was completed, null if none was.

    ``overdueFrom`` is when the next one should have been completed. ``nextDrillAt`` is when the next one is scheduled.
    """

    plan_id: str
    name: str
    last_drill_at: datetime | None
    overdue_from: datetime
    next_drill_at: datetime | None


class DrillFigures(msgspec.Struct, frozen=True, rename="camel"):
    """The drills of plans, those that are overdue first, or are overdue next; ``planCount`` counts all plans."""

    target_days: int
    plan_count: int
    plans: tuple[PlanDrills, ...]


def drill_figures(plans: Iterable[RecoveryPlan], last_drills: Mapping[str, datetime | None]) -> DrillFigures:
    """The figures of all plans; ``last_drills`` is when the last one of a plan was completed."""
    every = sorted((_drills_of(plan, last_drills.get(plan.plan_id)) for plan in plans), key=_urgency)
    return DrillFigures(DRILL_TARGET.days, len(every), tuple(every[:MOST_PLANS]))


def overdue_from(plan: RecoveryPlan, last_drill_at: datetime | None) -> datetime:
    """When the plan's next drill should have been completed. A plan that was never drilled counts from its creation."""
    return (last_drill_at or plan.created_at) + DRILL_TARGET


def _drills_of(plan: RecoveryPlan, last: datetime | None) -> PlanDrills:
    return PlanDrills(plan.plan_id, plan.name, last, overdue_from(plan, last), plan.next_drill_at)


def _urgency(drills: PlanDrills) -> tuple[datetime, str]:
    return drills.overdue_from, drills.plan_id
