"""Keeps beside each plan how its servers stand and how its latest runs ended, for lists of plans.

The sync of the inventory does this after its own work. A write is made only for a plan of which something is new.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from ...domain.errors import DomainError
from ...domain.estate.group_standing import KeptGroup
from ...domain.plans.plan_standing import standing_of
from ...domain.runs.plan_runs import KeptPlan, PlanRuns, with_runs
from ...domain.runs.records import Execution
from ...logs import logger
from ...side_by_side import ask_each
from ...store.failures import translated
from ...store.reads.runs.executions import executions_of_plan, find_execution
from ...store.writes.estate.standings import keep_plan

_AT_ONCE = 16


def keep_plan_standings(
    every: Sequence[KeptPlan], groups: Mapping[str, KeptGroup], executions: Iterable[Execution], since: datetime
) -> list[KeptPlan]:
    """Brings all plans up to date and returns them; ``groups`` are all groups by id as they are now.

    ``executions`` are all that started at ``since`` or later: earlier ones do not change any more, and what is kept of
    them stays. Costs a write for each change. Of a plan of which no runs are kept yet, all executions are read once. A
    plan that cannot be written stops no other.
    """
    by_plan: dict[str, list[Execution]] = {}
    for execution in executions:
        by_plan.setdefault(execution.plan_id, []).append(execution)
    found = [_after(kept, by_plan.get(kept.plan.plan_id, ()), groups, since) for kept in every]
    changed = [(before, after) for before, after in zip(every, found, strict=True) if before != after]
    for (before, _), result in zip(changed, ask_each(_keep, changed, limit=_AT_ONCE), strict=True):
        if isinstance(result, DomainError):
            logger.warning("plan not kept", extra={"plan_id": before.plan.plan_id, "reason": result.message})
    return found


def _after(
    kept: KeptPlan, executions: Sequence[Execution], groups: Mapping[str, KeptGroup], since: datetime
) -> KeptPlan:
    if kept.runs is None:
        runs = with_runs(PlanRuns(), executions_of_plan(kept.plan.plan_id))
    else:
        runs = with_runs(kept.runs, executions, since)
    return msgspec.structs.replace(
        kept,
        standing=standing_of(kept.plan, groups, kept.standing),
        runs=runs,
        latest_execution_id=_latest(kept.latest_execution_id, runs),
    )


def _latest(known: str, runs: PlanRuns) -> str:
    """The id of the latest execution. One that has just started may not be in the index of executions yet."""
    found = runs.recent[0].execution_id if runs.recent else ""
    if known in {"", found}:
        return found
    return known if find_execution(known) else found


def _keep(change: tuple[KeptPlan, KeptPlan]) -> None:
    with translated():
        keep_plan(*change)
