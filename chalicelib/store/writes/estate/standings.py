"""Writes what is kept beside groups and plans: how they stand, which plans use a group, and the runs of a plan.

A record that was changed since it was read is left alone: its next count is of what it is then.
"""

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from ....domain.estate.group_standing import KeptGroup
from ....domain.plans.plan_standing import PlanStanding, drill_order
from ....domain.runs.plan_runs import KeptPlan, PlanRuns
from ...tables.configuration import ProtectionGroupItem, RecoveryPlanItem
from ...transactions import committed


def keep_group(kept: KeptGroup) -> None:
    """Replaces what is kept beside a group, unless the group was saved or deleted since it was read."""
    actions: list[Action] = [
        ProtectionGroupItem.standing.set(kept.standing),
        ProtectionGroupItem.used_by.set(kept.plans or ()),
    ]
    item = ProtectionGroupItem(group_id=kept.group.group_id)
    is_at: Condition = ProtectionGroupItem.version == kept.group.version
    committed(lambda transaction: transaction.update(item, actions=actions, condition=is_at))


def keep_plan(before: KeptPlan, kept: KeptPlan) -> None:
    """Replaces what is kept beside a plan, unless it was saved, deleted or started since ``before`` was read."""
    runs = kept.runs or PlanRuns()
    latest = RecoveryPlanItem.latest_execution_id
    actions: list[Action] = [
        RecoveryPlanItem.standing.set(kept.standing or PlanStanding(())),
        RecoveryPlanItem.runs.set(runs),
        RecoveryPlanItem.drill_key.set(drill_order(kept.plan, runs.last_drill_at)),
    ]
    actions.append(latest.set(kept.latest_execution_id) if kept.latest_execution_id else latest.remove())
    item = RecoveryPlanItem(plan_id=kept.plan.plan_id)
    condition = _is_at(before) & _is_latest(before.latest_execution_id)
    committed(lambda transaction: transaction.update(item, actions=actions, condition=condition))


def _is_at(kept: KeptPlan) -> Condition:
    is_at: Condition = RecoveryPlanItem.version == kept.plan.version
    return is_at


def _is_latest(execution_id: str) -> Condition:
    latest = RecoveryPlanItem.latest_execution_id
    condition: Condition = latest == execution_id if execution_id else latest.does_not_exist()
    return condition
