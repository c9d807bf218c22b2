"""How long ago each plan was drilled with success, against the target, and which drills are scheduled next."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import msgspec

from .plans import RecoveryPlan

MOST_PLANS = 1_000
"""The most plans whose drills are kept, so that they fit into one item of DynamoDB."""


class PlanDrills(msgspec.Struct, frozen=True, rename="camel"):
    """The drills of a plan. ``lastDrillAt`` is the end of the last one that was completed, null if none was.

    ``overdueFrom`` is when the next one should have been completed: ``targetDays`` later. ``nextDrillAt`` is when the
    next one is scheduled.
    """

    plan_id: str
    name: str
    last_drill_at: datetime | None
    overdue_from: datetime
    next_drill_at: datetime | None
    target_days: int = 90


class DrillFigures(msgspec.Struct, frozen=True, rename="camel"):
    """The drills of plans, those that are overdue first, or are overdue next; ``planCount`` counts all plans.

    ``targetDays`` is the target of plans that have none of their own.
    """

    target_days: int
    plan_count: int
    plans: tuple[PlanDrills, ...]


def drill_figures(
    plans: Iterable[RecoveryPlan], last_drills: Mapping[str, datetime | None], default_days: int
) -> DrillFigures:
    """The figures of all plans; ``last_drills`` is when the last one of a plan was completed."""
    found = (_drills_of(plan, last_drills.get(plan.plan_id), default_days) for plan in plans)
    every = sorted(found, key=_urgency)
    return DrillFigures(default_days, len(every), tuple(every[:MOST_PLANS]))


def overdue_from(plan: RecoveryPlan, last_drill_at: datetime | None, default_days: int) -> datetime:
    """When the plan's next drill should have been completed. A plan that was never drilled counts from its creation.

    ``default_days`` is how often plans should be drilled that have no target of their own.
    """
    return (last_drill_at or plan.created_at) + timedelta(days=plan.drill_target_days or default_days)


def _drills_of(plan: RecoveryPlan, last: datetime | None, default_days: int) -> PlanDrills:
    overdue = overdue_from(plan, last, default_days)
    target = plan.drill_target_days or default_days
    return PlanDrills(plan.plan_id, plan.name, last, overdue, plan.next_drill_at, target)


def _urgency(drills: PlanDrills) -> tuple[datetime, str]:
    return drills.overdue_from, drills.plan_id
