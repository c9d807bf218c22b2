"""Reading recovery plans and their versions, as domain values."""

from collections.abc import Iterable

from ...domain.errors import RecordNotFound
from ...domain.pages import Page
from ...domain.plans import RecoveryPlan
from ...operations.declaration import PageRequest
from ...operations.plans import ListPlanVersions
from ..paging import read_page
from ..tables.configuration import PlanVersionItem, RecoveryPlanItem


def find_plan(plan_id: str) -> RecoveryPlan | None:
    """The current version of a plan, read consistently; None when there is none."""
    return find_plans([plan_id]).get(plan_id)


def get_plan(plan_id: str) -> RecoveryPlan:
    """The current version of a plan, read consistently. Raises RecordNotFound."""
    found = find_plan(plan_id)
    if found is None:
        message = f"There is no recovery plan '{plan_id}'. List recovery plans to see those that exist."
        raise RecordNotFound(message, planId=plan_id)
    return found


def find_plans(plan_ids: Iterable[str]) -> dict[str, RecoveryPlan]:
    """Those of the plans that exist, by id, read consistently; 100 ids a request."""
    items = RecoveryPlanItem.batch_get(dict.fromkeys(plan_id for plan_id in plan_ids if plan_id), consistent_read=True)
    return {item.plan_id: plan_value(item) for item in items}


def get_plan_version(plan_id: str, version: int) -> RecoveryPlan:
    """One version of a plan; versions outlive their plan. Raises RecordNotFound."""
    try:
        return plan_value(PlanVersionItem.get(plan_id, version))
    except PlanVersionItem.DoesNotExist:
        message = f"There is no version {version} of a recovery plan '{plan_id}'."
        raise RecordNotFound(message, planId=plan_id, version=version) from None


def list_plans(request: PageRequest) -> Page[RecoveryPlan]:
    """One page of current versions by name."""
    return read_page(RecoveryPlanItem.by_kind_name, "PLAN", request, plan_value, scope="plans")


def list_plan_versions(request: ListPlanVersions) -> Page[RecoveryPlan]:
    """One page of a plan's versions, newest first; empty for a plan that never was."""
    scope = f"plan-versions:{request.plan_id}"
    return read_page(PlanVersionItem, request.plan_id, request, plan_value, scope=scope, scan_index_forward=False)


def plan_value(item: RecoveryPlanItem | PlanVersionItem) -> RecoveryPlan:
    return RecoveryPlan(
        plan_id=item.plan_id,
        version=int(item.version),
        name=item.name,
        description=item.description,
        owner=item.owner,
        rto_minutes=_minutes(item.rto_minutes),
        rpo_minutes=_minutes(item.rpo_minutes),
        waves=item.waves,
        approval=item.approval,
        notification_emails=item.notification_emails or (),
        created_at=item.created_at,
        created_by=item.created_by,
        updated_at=item.updated_at,
        updated_by=item.updated_by,
        timeout_minutes=_minutes(item.timeout_minutes),
        cleanup=item.cleanup,
        schedule=item.schedule,
        next_drill_at=item.next_drill_at if isinstance(item, RecoveryPlanItem) else None,
        last_drill=item.last_drill if isinstance(item, RecoveryPlanItem) else None,
    )


def _minutes(number: float | None) -> int | None:
    return None if number is None else int(number)
