"""Creating, saving and deleting recovery plans; e-mail subscriptions come after the save and never fail it."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from ...domain.access.context import CallContext
from ...domain.access.idempotency import Replayed, RequestKey, deleted_since, key_problems, request_key
from ...domain.errors import (
    DomainError,
    FieldProblem,
    NameTaken,
    RecordNotFound,
    StaleVersion,
    StateConflict,
    require_no_problems,
)
from ...domain.estate.unique_claims import PLAN_NAMES
from ...domain.plans.drill_schedule import next_drill, schedule_problems
from ...domain.plans.plans import PlanContent, RecoveryPlan, plan_problems
from ...domain.text import name_key, plain_address
from ...ids import new_id
from ...logs import logger
from ...operations.declaration import Deleted
from ...operations.plans import CreateRecoveryPlan, PlanDetail, PlanId, UpdateRecoveryPlan
from ...store.failures import translated
from ...store.reads.access.idempotency import find_earlier
from ...store.reads.estate.groups import find_groups
from ...store.reads.estate.unique_names import find_holder
from ...store.reads.plans.plans import find_plan, get_plan, get_plan_version
from ...store.transactions import ConditionFailed
from ...store.writes.plans import plans as writes
from ..estate.in_use import require_plan_not_running
from . import subscribing

_CREATE = "create_recovery_plan"
_TRIES = 3


def create_recovery_plan(request: CreateRecoveryPlan, call: CallContext) -> PlanDetail | Replayed[PlanDetail]:
    """Creates version 1 of a plan, and invites its addresses.

    The same request with the same idempotency key returns the plan that it made before. Raises InvalidRequest with
    every problem of every wave, and NameTaken.
    """
    created = _create(request, call)
    if isinstance(created, Replayed):
        return Replayed(subscribing.subscribe(created.record, (), call))
    return subscribing.subscribe(created, (), call)


def update_recovery_plan(request: UpdateRecoveryPlan, call: CallContext) -> PlanDetail:
    """Saves the next version of a plan, invites new addresses and drops those that are gone.

    Executions of earlier versions are not touched. Raises InvalidRequest, RecordNotFound, StaleVersion and NameTaken.
    """
    after = _update(request, call)
    return subscribing.subscribe(after, _addresses_before(request), call)


def delete_recovery_plan(request: PlanId, call: CallContext) -> Deleted:
    """Deletes a plan and drops its addresses; repeating a delete drops those that an earlier one has left.

    The plan's versions stay, for the executions that refer to them. Raises RecordNotFound and InUse.
    """
    plan = find_plan(request.plan_id)
    try:
        deleted = _delete(request, call)
    except RecordNotFound:
        subscribing.unsubscribe(request.plan_id, (), call)
        raise
    subscribing.unsubscribe(request.plan_id, plan.notification_emails if plan else (), call)
    return deleted


def _create(request: CreateRecoveryPlan, call: CallContext) -> RecoveryPlan | Replayed[RecoveryPlan]:
    now = call.now
    created = (now, call.principal.name)
    plan = _version(request, new_id("plan"), version=1, created=created, updated=created)
    spelled = {"name": plan.name, "waves": plan.waves, "notification_emails": plan.notification_emails}
    content = msgspec.structs.replace(request, **spelled, idempotency_key="")
    key = request_key(_CREATE, request.idempotency_key, content, call)
    for _ in range(_TRIES):
        require_no_problems(_problems(request, now) + key_problems(request.idempotency_key))
        earlier = _made_earlier(key, now)
        if earlier is not None:
            return earlier
        plan = _scheduled(plan, None, now)
        try:
            writes.create_plan(plan, key=key)
        except ConditionFailed:
            # The same request may have won meanwhile: then its plan is the answer.
            if not _made_earlier(key, now):
                _require_free_name(plan)
        else:
            return plan
    raise _being_changed(plan.name)


def _update(request: UpdateRecoveryPlan, call: CallContext) -> RecoveryPlan:
    now = call.now
    for _ in range(_TRIES):
        before = get_plan(request.plan_id)
        require_no_problems(_problems(request, now))
        if before.version != request.version:
            message = f"The plan '{before.name}' is at version {before.version}; you changed version {request.version}."
            raise StaleVersion(f"{message} Read it again and repeat your change.", currentVersion=before.version)
        created = (before.created_at, before.created_by)
        after = _version(
            request, before.plan_id, version=before.version + 1, created=created, updated=(now, call.principal.name)
        )
        after = _scheduled(after, before, now)
        try:
            writes.update_plan(before, after)
        except ConditionFailed:
            _require_free_name(after)
        else:
            return after
    raise _being_changed(request.name)


def _addresses_before(request: UpdateRecoveryPlan) -> Sequence[str]:
    """The addresses of the version that was replaced; none when it cannot be read, as the plan is saved already."""
    try:
        with translated():
            return get_plan_version(request.plan_id, request.version).notification_emails
    except DomainError as error:
        logger.warning("earlier addresses not read", extra={"plan_id": request.plan_id, "reason": error.message})
        return ()


def _delete(request: PlanId, call: CallContext) -> Deleted:
    for _ in range(_TRIES):
        plan = get_plan(request.plan_id)
        abandoned = require_plan_not_running(plan, call.now)
        try:
            writes.delete_plan(plan, call.now, abandoned=abandoned)
        except ConditionFailed:
            continue
        return Deleted(plan.plan_id, plan.name)
    raise _being_changed(request.plan_id)


def _problems(content: PlanContent, now: datetime) -> list[FieldProblem]:
    existing = find_groups(group_id for wave in content.waves for group_id in wave.group_ids)
    return plan_problems(content, existing) + schedule_problems(content.schedule, now)


def _scheduled(plan: RecoveryPlan, before: RecoveryPlan | None, now: datetime) -> RecoveryPlan:
    """The plan with its next drill; a schedule that stays keeps the drill that is due."""
    kept = before.next_drill_at if before and before.schedule == plan.schedule else None
    due = kept or (next_drill(plan.schedule, now) if plan.schedule else None)
    return msgspec.structs.replace(plan, next_drill_at=due, last_drill=before.last_drill if before else None)


def _made_earlier(key: RequestKey | None, now: datetime) -> Replayed[RecoveryPlan] | None:
    plan_id = find_earlier(key, now)
    if plan_id is None:
        return None
    found = find_plan(plan_id)
    if found is None:
        raise deleted_since(plan_id)
    return Replayed(found)


def _require_free_name(plan: RecoveryPlan) -> None:
    holder = find_holder(PLAN_NAMES, name_key(plan.name))
    if holder and holder != plan.plan_id:
        message = f"The name '{plan.name}' is taken by another recovery plan ({holder}). Choose another."
        raise NameTaken(message, planId=holder)


def _being_changed(name: str) -> StateConflict:
    message = f"The plan '{name}', or a group in it, is being changed by somebody else at this very moment. Try again."
    return StateConflict(message)


def _version(
    content: PlanContent, plan_id: str, *, version: int, created: tuple[datetime, str], updated: tuple[datetime, str]
) -> RecoveryPlan:
    return RecoveryPlan(
        plan_id=plan_id,
        version=version,
        name=content.name.strip(),
        description=content.description,
        owner=content.owner,
        rto_minutes=content.rto_minutes,
        rpo_minutes=content.rpo_minutes,
        waves=tuple(sorted((wave.complete() for wave in content.waves), key=lambda wave: wave.number)),
        approval=content.approval,
        notification_emails=tuple(plain_address(address) for address in content.notification_emails),
        timeout_minutes=content.timeout_minutes,
        cleanup=content.cleanup,
        schedule=content.schedule,
        created_at=created[0],
        created_by=created[1],
        updated_at=updated[0],
        updated_by=updated[1],
    )
