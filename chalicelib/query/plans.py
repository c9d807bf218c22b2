"""Recovery plans, their versions and their last executions."""

from ..domain.access.context import CallContext
from ..domain.errors import RecordNotFound
from ..domain.pages import Page
from ..domain.plans.plans import RecoveryPlan
from ..operations.plans import ListPlans, ListPlanVersions, PlanDetail, PlanId, PlanSummary, plan_detail
from ..side_by_side import map_bounded
from ..store.reads.plans import plans as reads
from ..store.reads.runs.executions import latest_execution_of
from .subscriptions import list_subscription_states

_PARALLEL = 16


def list_recovery_plans(request: ListPlans, _: CallContext) -> Page[PlanSummary]:
    """One page of plans by name, each with its last execution. Costs one query, and one more for each plan."""
    page = reads.list_plans(request)
    latest = map_bounded(latest_execution_of, (plan.plan_id for plan in page.items), limit=_PARALLEL)
    return Page([PlanSummary(plan, run) for plan, run in zip(page.items, latest, strict=True)], page.next_cursor)


def get_recovery_plan(request: PlanId, call: CallContext) -> PlanDetail:
    """The current version of a plan, with the state of its e-mail subscriptions. Raises RecordNotFound."""
    plan = reads.get_plan(request.plan_id)
    return plan_detail(plan, list_subscription_states(plan, call), call.now)


def list_plan_versions(request: ListPlanVersions, _: CallContext) -> Page[RecoveryPlan]:
    """One page of versions, newest first, also of a deleted plan. Raises RecordNotFound when there are none."""
    page = reads.list_plan_versions(request)
    if not page.items and not request.cursor:
        message = f"There is no recovery plan '{request.plan_id}', and there never was one. Check the id."
        raise RecordNotFound(message, planId=request.plan_id)
    return page
