"""What keeps a group or a plan from being changed: executions that are not over, and plans that use the group.

An execution's index lags behind its table by moments.
"""

from collections.abc import Iterable
from datetime import datetime

from ..domain.errors import InUse
from ..domain.executions import ACTIVE_STATUSES, Execution, ExecutionStatus
from ..domain.names import CHANGES, counts, group_of_use
from ..domain.plans import RecoveryPlan
from ..domain.requests import MAX_PAGE, ListExecutions
from ..parallel import map_bounded
from ..store.reads.executions import latest_execution_of, list_executions
from ..store.reads.names import find_holders, find_uses
from ..store.reads.plans import find_plan_versions, find_plans
from ..store.writes.plans import remove_abandoned_use


def require_group_not_running(group_id: str, name: str) -> None:
    """Raises InUse, with the executions, when one that is not over works with the group. Paused counts."""
    running = active_executions()
    plans = {
        (plan.plan_id, plan.version): plan
        for plan in find_plan_versions((run.plan_id, run.plan_version) for run in running)
    }
    holders = [
        run for run in running if (plan := plans.get((run.plan_id, run.plan_version))) and group_id in plan.group_ids
    ]
    if holders:
        told = _executions(holders)
        raise InUse(f"The group '{name}' is used by {told}. Wait until it has ended.", executions=_ids(holders))


def require_plan_not_running(plan: RecoveryPlan) -> None:
    """Raises InUse when an execution of the plan is not over; a plan has one at a time, so the newest tells."""
    newest = latest_execution_of(plan.plan_id)
    if newest and not newest.status.is_final:
        told = _executions([newest])
        raise InUse(f"The plan '{plan.name}' is used by {told}. Wait until it has ended.", executions=_ids([newest]))


def require_group_not_planned(group_id: str, name: str, now: datetime) -> None:
    """Raises InUse, with the plans, when one uses the group; uses that a dead change left behind are cleared away."""
    uses = find_uses(group_id)
    plans = find_plans(uses.values())
    changes = find_holders(CHANGES, uses.values())
    binding: list[RecoveryPlan | str] = []
    for key, plan_id in uses.items():
        plan = plans.get(plan_id)
        if counts(plan.group_ids if plan else None, group_of_use(key), changes.get(plan_id), now):
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


def active_executions() -> list[Execution]:
    """All executions that are not over: one query for each state they can be in."""
    return [run for found in map_bounded(_all_with, ACTIVE_STATUSES) for run in found]


def _all_with(status: ExecutionStatus) -> list[Execution]:
    found: list[Execution] = []
    cursor: str | None = ""
    while cursor is not None:
        page = list_executions(ListExecutions(status=status, limit=MAX_PAGE, cursor=cursor))
        found += page.items
        cursor = page.next_cursor
    return found


def _executions(runs: Iterable[Execution]) -> str:
    return ", ".join(f"the {run.mode} {run.execution_id} of plan '{run.plan_name}' ({run.status})" for run in runs)


def _ids(runs: Iterable[Execution]) -> list[str]:
    return [run.execution_id for run in runs]
