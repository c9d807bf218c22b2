"""What keeps a group or a plan from being changed: executions that are not over, and plans that use the group.

Whether an execution works with something is told by its leases, read consistently; the write itself checks once more
that there is none.
"""

from datetime import datetime

from ...domain.errors import InUse
from ...domain.estate.unique_claims import CHANGES, binds, group_of_use
from ...domain.plans.plans import RecoveryPlan
from ...domain.runs.leases import (
    ABANDONED_AFTER,
    Lease,
    describe_holder,
    group_lease_key,
    plan_lease_key,
    start_is_certainly_dead_after,
)
from ...store.reads.estate.unique_names import find_holders, find_uses
from ...store.reads.plans.plans import find_plans
from ...store.reads.runs.executions import find_execution
from ...store.reads.runs.leases import find_leases
from ...store.writes.plans.plans import remove_abandoned_use


def require_group_not_running(group_id: str, name: str, now: datetime) -> Lease | None:
    """Raises InUse, with the execution, when one works with the group. Paused counts.

    Returns the lease of a start that never came to be, if there is one: the write may pass over it.
    """
    return _require_free(group_lease_key(group_id), f"The group '{name}'", now)


def require_plan_not_running(plan: RecoveryPlan, now: datetime) -> Lease | None:
    """Raises InUse, with the execution, when one of the plan is not over; returns what the group's twin does."""
    return _require_free(plan_lease_key(plan.plan_id), f"The plan '{plan.name}'", now)


def require_group_not_planned(group_id: str, name: str, now: datetime) -> None:
    """Raises InUse, with the plans, when one uses the group; uses that a dead change left behind are cleared away."""
    uses = find_uses(group_id)
    plans = find_plans(uses.values())
    changes = find_holders(CHANGES, uses.values())
    binding: list[RecoveryPlan | str] = []
    for key, plan_id in uses.items():
        plan = plans.get(plan_id)
        if binds(plan.group_ids if plan else None, group_of_use(key), changes.get(plan_id), now):
            binding.append(plan or plan_id)
        else:
            remove_abandoned_use(key, plan_id, plan, now)
    if binding:
        told = ", ".join(
            f"'{plan.name}'" if isinstance(plan, RecoveryPlan) else f"'{plan}' (being created)" for plan in binding
        )
        named = [
            {"planId": plan.plan_id, "name": plan.name} if isinstance(plan, RecoveryPlan) else {"planId": plan}
            for plan in binding
        ]
        raise InUse(f"The group '{name}' is used by the plan(s) {told}. Remove it from them first.", plans=named)


def _require_free(key: str, what: str, now: datetime) -> Lease | None:
    lease = find_leases([key]).get(key)
    if lease is None:
        return None
    execution = find_execution(lease.execution_id)
    # One that has ended needs it no more, and may have died before it could free it.
    over = execution.status.is_final if execution else now - lease.taken_at > ABANDONED_AFTER
    if over:
        return lease
    if execution is None:
        wait = f"If that start has died, it is free after {start_is_certainly_dead_after(lease):%H:%M:%S} UTC."
    else:
        wait = "Wait until that has ended."
    message = f"{what} is used by {describe_holder(lease, execution)}. {wait}"
    raise InUse(message, executions=[lease.execution_id])
