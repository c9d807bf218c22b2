"""Reads pages of recovery plans, with what is kept beside each plan."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from pynamodb.expressions.condition import Condition

from ....domain.pages import Page
from ....domain.plans.drill_ages import DRILL_TARGET, overdue_from
from ....domain.plans.plan_standing import PlanSort, drill_order_start
from ....domain.runs.plan_runs import KeptPlan
from ....domain.text import name_key
from ....operations.plans import ListPlans
from ...paging import read_page
from ...tables.configuration import RecoveryPlanItem, kept_plan

_KIND = "PLAN"


def list_plans(request: ListPlans, now: datetime) -> Page[KeptPlan]:
    """One page of current versions in the order that is asked for. Costs one query."""
    options: dict[str, Any] = {
        "filter_condition": RecoveryPlanItem.owner == request.owner if request.owner else None,
        "matches": _matcher(request, now),
    }
    if request.sort is PlanSort.LAST_DRILL:
        options["wanted"] = _drilled_until(request, now)
        return read_page(RecoveryPlanItem.by_kind_drill, _KIND, request, kept_plan, **options)
    if request.q.strip():
        options["wanted"] = RecoveryPlanItem.name_key.startswith(name_key(request.q))
    return read_page(RecoveryPlanItem.by_kind_name, _KIND, request, kept_plan, **options)


def kept_plans() -> list[KeptPlan]:
    """The current version of every plan, from an index. Costs one query, with about 1 MB a page."""
    return [kept_plan(item) for item in RecoveryPlanItem.by_kind_name.query(_KIND)]


def _drilled_until(request: ListPlans, now: datetime) -> Condition | None:
    """The plans whose next drill is overdue, or the others."""
    if request.drill_overdue is None:
        return None
    latest = drill_order_start(now - DRILL_TARGET)
    key = RecoveryPlanItem.drill_key
    return key < latest if request.drill_overdue else key >= latest


def _matcher(request: ListPlans, now: datetime) -> Callable[[KeptPlan], bool] | None:
    """The filters that are not part of the key that is read; None if there are none."""
    by_name = request.sort is PlanSort.NAME
    start = "" if by_name else name_key(request.q)
    overdue = request.drill_overdue if by_name else None

    def matches(kept: KeptPlan) -> bool:
        standing = kept.standing
        return (
            name_key(kept.plan.name).startswith(start)
            and (not in_place or (standing is not None and standing.is_in(request.account_id, request.region)))
            and (request.readiness is None or (standing is not None and standing.is_like(request.readiness)))
            and (overdue is None or overdue is is_overdue(kept, now))
        )

    in_place = bool(request.account_id or request.region)
    is_needed = in_place or start or request.readiness or overdue is not None
    return matches if is_needed else None


def is_overdue(kept: KeptPlan, now: datetime) -> bool:
    """Whether its next drill should have been completed by now, as far as its runs were kept."""
    return overdue_from(kept.plan, kept.runs.last_drill_at if kept.runs else None) < now
