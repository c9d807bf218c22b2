"""Recovery plans, their versions and their last executions."""

from datetime import datetime

from ..domain.access.context import CallContext
from ..domain.errors import RecordNotFound
from ..domain.pages import Page
from ..domain.plans.drill_ages import overdue_from
from ..domain.plans.plans import RecoveryPlan
from ..domain.runs.plan_runs import KeptPlan, PlanRuns, with_runs
from ..domain.runs.records import Execution
from ..operations.plans import ListPlans, ListPlanVersions, PlanDetail, PlanId, PlanSummary, plan_detail
from ..settings import settings
from ..store.reads.plans import plans as reads
from ..store.reads.plans.plan_lists import list_plans
from ..store.reads.runs.executions import find_executions
from .subscriptions import list_subscription_states


def list_recovery_plans(request: ListPlans, call: CallContext) -> Page[PlanSummary]:
    """One page of plans with their last executions. Costs one query and one request."""
    page = list_plans(request, call.now)
    latest = find_executions(kept.latest_execution_id for kept in page.items if kept.latest_execution_id)
    shown = [_summary(kept, latest.get(kept.latest_execution_id), request.recent_runs, call.now) for kept in page.items]
    return Page(shown, page.next_cursor)


def _summary(kept: KeptPlan, latest: Execution | None, recent_runs: int, now: datetime) -> PlanSummary:
    """A plan as it is listed. Its last execution is newer than what is kept of its runs."""
    runs = with_runs(kept.runs or PlanRuns(), [latest] if latest else [])
    overdue = overdue_from(kept.plan, runs.last_drill_at, settings().drill_target_days)
    standing = kept.standing
    return PlanSummary(
        plan=kept.plan,
        last_execution=latest,
        running_execution_id=latest.execution_id if latest and not latest.status.is_final else "",
        places=standing.places if standing else None,
        servers=standing.servers if standing else None,
        last_drill_at=runs.last_drill_at,
        overdue_from=overdue,
        drill_overdue=overdue < now,
        last_success=runs.last_success,
        last_rto_seconds=runs.last_success.seconds if runs.last_success else None,
        recent_runs=list(runs.recent[:recent_runs]),
    )


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
