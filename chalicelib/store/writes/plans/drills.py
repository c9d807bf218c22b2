"""Moves a plan's schedule on: the result of the drill that was due, and the time of the next one."""

from datetime import datetime

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from ....domain.plans.plans import ScheduledDrill
from ...tables.configuration import RecoveryPlanItem
from ...transactions import committed


def record_scheduled_drill(plan_id: str, drill: ScheduledDrill, next_at: datetime | None) -> bool:
    """Records the drill and sets the next one. False when another call has, or the schedule has changed."""
    actions: list[Action] = [RecoveryPlanItem.last_drill.set(drill)]
    if next_at:
        actions.append(RecoveryPlanItem.next_drill_at.set(next_at))
    else:
        actions += [RecoveryPlanItem.next_drill_at.remove(), RecoveryPlanItem.drill_queue.remove()]
    item = RecoveryPlanItem(plan_id=plan_id)
    # A transaction, because unlike a plain update it returns nothing and so needs no right to read.
    return committed(
        lambda transaction: transaction.update(item, actions=actions, condition=_is_still_due(drill.due_at))
    )


def _is_still_due(due_at: datetime) -> Condition:
    return RecoveryPlanItem.next_drill_at == due_at
