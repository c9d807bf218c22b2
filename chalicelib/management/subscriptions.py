"""Saving plans together with their e-mail subscriptions, which come after the save and never fail it."""

from ..domain.context import CallContext
from ..domain.errors import RecordNotFound
from ..domain.idempotency import Replayed
from ..domain.plans import CreateRecoveryPlan, UpdateRecoveryPlan
from ..domain.requests import PlanId
from ..domain.views import Deleted, PlanDetail
from ..parallel import try_each
from ..store.reads.plans import find_plan, get_plan_version
from . import plans, subscribing


def create_recovery_plan(request: CreateRecoveryPlan, call: CallContext) -> PlanDetail | Replayed[PlanDetail]:
    """Creates a plan, and invites its addresses; raises what ``plans.create_recovery_plan`` does."""
    created = plans.create_recovery_plan(request, call)
    if isinstance(created, Replayed):
        return Replayed(subscribing.subscribe(created.record, (), call))
    return subscribing.subscribe(created, (), call)


def update_recovery_plan(request: UpdateRecoveryPlan, call: CallContext) -> PlanDetail:
    """Saves a plan, invites new addresses and drops those that are gone; raises what ``plans`` does."""
    after = plans.update_recovery_plan(request, call)
    [before] = try_each(lambda version: get_plan_version(after.plan_id, version), [request.version])
    dropped = () if isinstance(before, Exception) else before.notification_emails
    return subscribing.subscribe(after, dropped, call)


def delete_recovery_plan(request: PlanId, call: CallContext) -> Deleted:
    """Deletes a plan and drops its addresses; repeating a delete drops those that an earlier one has left."""
    plan = find_plan(request.plan_id)
    try:
        deleted = plans.delete_recovery_plan(request, call)
    except RecordNotFound:
        subscribing.unsubscribe(request.plan_id, (), call)
        raise
    subscribing.unsubscribe(request.plan_id, plan.notification_emails if plan else (), call)
    return deleted
