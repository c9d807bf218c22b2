"""Checks that no unfinished execution, and no plan, uses a group or plan that is to be changed.

An execution uses a group or a plan while it holds its lease. Leases are read consistently here, and the write itself
checks again that there is none.
"""

from datetime import datetime

from ...domain.errors import InUse
from ...domain.estate.groups import ProtectionGroup
from ...domain.estate.registers import PlaceRegister
from ...domain.plans.plans import RecoveryPlan
from ...domain.runs.leases import (
    ABANDONED_AFTER,
    Lease,
    describe_holder,
    group_lease_key,
    plan_lease_key,
    start_is_certainly_dead_after,
)
from ...store.reads.plans.plans import find_plans
from ...store.reads.runs.executions import find_execution
from ...store.reads.runs.leases import find_leases
from ...store.transactions import ConditionFailed


def require_group_not_running(group_id: str, name: str, now: datetime) -> Lease | None:
    """Raises InUse, with the execution, when one uses the group. A paused execution counts.

    Returns the lease that a dead start left behind, if there is one; the write may ignore it.
    """
    return _require_free(group_lease_key(group_id), f"The group '{name}'", now)


def require_plan_not_running(plan: RecoveryPlan, now: datetime) -> Lease | None:
    """Raises InUse, with the execution, when one of the plan is not over. Returns an abandoned lease, as for groups."""
    return _require_free(plan_lease_key(plan.plan_id), f"The plan '{plan.name}'", now)


def require_group_not_planned(group: ProtectionGroup, register: PlaceRegister) -> None:
    """Raises InUse, with the plans, when one uses the group by the register of its place.

    Raises ConditionFailed when the plans are not found because another call is saving or deleting them.
    """
    plan_ids = register.plans_of(group.group_id)
    if not plan_ids:
        return
    plans = sorted(find_plans(plan_ids).values(), key=lambda plan: plan.name)
    if not plans:
        raise ConditionFailed(plan_ids)
    names = ", ".join(f"'{plan.name}'" for plan in plans)
    plans_are = "recovery plan" if len(plans) == 1 else "recovery plans"
    raise InUse(
        f"The group '{group.name}' is used by the {plans_are} {names}. Remove it from each plan first.",
        plans=[{"planId": plan.plan_id, "name": plan.name} for plan in plans],
    )


def _require_free(key: str, what: str, now: datetime) -> Lease | None:
    lease = find_leases([key]).get(key)
    if lease is None:
        return None
    execution = find_execution(lease.execution_id)
    # An execution that has ended no longer needs its lease; it may have died before it could release it.
    over = execution.status.is_final if execution else now - lease.taken_at > ABANDONED_AFTER
    if over:
        return lease
    if execution is None:
        wait = f"If that start has failed, try again after {start_is_certainly_dead_after(lease):%H:%M:%S} UTC."
    else:
        wait = "Wait until it has ended, or cancel it."
    message = f"{what} is used by {describe_holder(lease, execution)}. {wait}"
    raise InUse(message, executions=[lease.execution_id])
