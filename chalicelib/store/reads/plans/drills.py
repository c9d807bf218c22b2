"""Reads which scheduled drills are due, from the sparse index of plans with a schedule."""

from datetime import datetime

from ....domain.plans.plans import DRILL_QUEUE, RecoveryPlan
from ...tables.configuration import PLANS, RecoveryPlanItem


def due_drills(now: datetime) -> list[RecoveryPlan]:
    """Plans whose next drill is due, the longest overdue first; eventually consistent."""
    due = RecoveryPlanItem.next_drill_at <= now
    return [PLANS.to_record(item) for item in RecoveryPlanItem.by_next_drill.query(DRILL_QUEUE, due)]
