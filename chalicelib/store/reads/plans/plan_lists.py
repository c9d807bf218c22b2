"""Reads pages of recovery plans, with what is kept beside each plan."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from ....domain.pages import Page
from ....domain.plans.drill_ages import overdue_from
from ....domain.plans.plan_standing import PlanSort
from ....domain.runs.plan_runs import KeptPlan
from ....domain.text import name_key
from ....operations.plans import ListPlans
from ....settings import settings
from ...paging import read_page
from ...tables.configuration import RecoveryPlanItem, kept_plan

_KIND = "PLAN"

_FEWEST_LOOKED_AT = 100
"""A plan has its latest runs beside it, so 200 of them may be all that DynamoDB reads for one query."""


def list_plans(request: ListPlans, now: datetime) -> Page[KeptPlan]:
    """One page of current versions in the order that is asked for. Costs one query.

    With filters it looks at twice as many plans as a page has, so that it costs little more than one without.
    """
    options: dict[str, Any] = {
        "filter_condition": RecoveryPlanItem.owner == request.owner if request.owner else None,
        "matches": _matcher(request, now),
        "looked_at": max(_FEWEST_LOOKED_AT, 2 * request.limit),
    }
    if request.sort is PlanSort.LAST_DRILL:
        return read_page(RecoveryPlanItem.by_kind_drill, _KIND, request, kept_plan, **options)
    if request.q.strip():
        options["wanted"] = RecoveryPlanItem.name_key.startswith(name_key(request.q))
    return read_page(RecoveryPlanItem.by_kind_name, _KIND, request, kept_plan, **options)


def _matcher(request: ListPlans, now: datetime) -> Callable[[KeptPlan], bool] | None:
    """The filters that are not part of the key that is read; None if there are none."""
    by_name = request.sort is PlanSort.NAME
    start = "" if by_name else name_key(request.q)
    overdue = request.drill_overdue

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
    last = kept.runs.last_drill_at if kept.runs else None
    return overdue_from(kept.plan, last, settings().drill_target_days) < now
