"""Creates, saves and deletes recovery plans. E-mail subscriptions follow the save and never make it fail."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import msgspec

from ...domain.access.context import CallContext
from ...domain.access.idempotency import Replayed, key_problems, request_key
from ...domain.errors import DomainError, FieldProblem, RecordNotFound, require_no_problems
from ...domain.estate.group_standing import KeptGroup
from ...domain.estate.registers import GroupUses, uses_of_groups
from ...domain.notices.addresses import plain_address
from ...domain.plans.drill_schedule import next_drill, schedule_problems
from ...domain.plans.plan_standing import standing_of
from ...domain.plans.plans import PlanContent, RecoveryPlan, plan_problems
from ...domain.text import plain_name
from ...ids import new_id
from ...logs import logger
from ...operations.declaration import Deleted
from ...operations.plans import CreateRecoveryPlan, DeleteRecoveryPlan, PlanDetail, UpdateRecoveryPlan
from ...store.failures import translated
from ...store.reads.estate.groups import find_kept_groups
from ...store.reads.estate.registers import read_registers
from ...store.reads.plans.plans import find_holder_of_plan_name, find_plan, get_plan, get_plan_version
from ...store.writes.plans import plans as writes
from ..estate.in_use import require_plan_not_running
from ..saving import Draft, Kind, create, delete, update
from . import subscribing
from .outgoing_hosts import host_problems_of
from .weakening import ask_second_person, first_to_weaken

_CREATE = "create_recovery_plan"

_PLANS = Kind(
    "recovery plan",
    "planId",
    find_holder_of_plan_name,
    get_plan,
    find_plan,
    lambda plan: plan.plan_id,
    ", or a group of its accounts and Regions,",
)


def create_recovery_plan(request: CreateRecoveryPlan, call: CallContext) -> PlanDetail | Replayed[PlanDetail]:
    """Creates version 1 of a plan and invites its e-mail addresses.

    The same request with the same idempotency key returns the plan that it created before. Raises InvalidRequest with
    every problem of every wave, and NameTaken.
    """
    created = _create(request, call)
    if isinstance(created, Replayed):
        return Replayed(subscribing.subscribe(created.record, (), call))
    return subscribing.subscribe(created, (), call)


def update_recovery_plan(request: UpdateRecoveryPlan, call: CallContext) -> PlanDetail:
    """Saves the next version of a plan, invites new e-mail addresses and unsubscribes removed ones.

    Executions of earlier versions are not touched. Raises InvalidRequest, RecordNotFound, StaleVersion and NameTaken,
    and for a version that weakens the approvals of a plan that demands two persons NotPermitted or SecondPersonNeeded.
    """
    after = _update(request, call)
    return subscribing.subscribe(after, _addresses_before(request), call)


def delete_recovery_plan(request: DeleteRecoveryPlan, call: CallContext) -> Deleted:
    """Deletes a plan and unsubscribes its e-mail addresses.

    A repeated delete unsubscribes the addresses that an earlier one did not get to. The plan's versions stay, because
    executions refer to them. Raises RecordNotFound, StaleVersion and InUse.
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
    created = _Save(now, call.principal.name, call.principal.person)
    plan = _version(request, new_id("plan"), version=1, created=created, updated=created)
    spelled = {"name": plan.name, "waves": plan.waves, "notification_emails": plan.notification_emails}
    content = msgspec.structs.replace(request, **spelled, idempotency_key="")
    key = request_key(_CREATE, request.idempotency_key, content, call)

    def draft() -> Draft[RecoveryPlan]:
        groups = find_kept_groups(plan.group_ids)
        uses = _uses(plan.plan_id, plan.group_ids, groups)
        require_no_problems(_problems(request, uses, now) + key_problems(request.idempotency_key))
        scheduled = _scheduled(plan, None, now)
        standing = standing_of(scheduled, groups)
        return Draft(scheduled, lambda: writes.create_plan(scheduled, standing, uses.registers, key=key))

    return create(_PLANS, key, now, draft)


def _update(request: UpdateRecoveryPlan, call: CallContext) -> RecoveryPlan:
    now = call.now

    def draft(before: RecoveryPlan) -> Draft[RecoveryPlan]:
        created = _Save(before.created_at, before.created_by, before.created_by_subject)
        updated = _Save(now, call.principal.name, call.principal.person)
        after = _version(request, before.plan_id, version=before.version + 1, created=created, updated=updated)
        groups = find_kept_groups([*before.group_ids, *after.group_ids])
        uses = _uses(before.plan_id, after.group_ids, groups)
        require_no_problems(_problems(request, uses, now))
        _PLANS.require_version(before, request.version)
        after = _scheduled(after, before, now)
        first = first_to_weaken(before, after, call)
        if first is not None:
            return Draft(before, lambda: ask_second_person(before, after, first))
        standing = standing_of(after, groups)
        return Draft(after, lambda: writes.update_plan(before, after, standing, uses.registers))

    return update(_PLANS, request.plan_id, draft)


def _addresses_before(request: UpdateRecoveryPlan) -> Sequence[str]:
    """The addresses of the replaced version. Empty when it cannot be read, because the plan is already saved."""
    try:
        with translated():
            return get_plan_version(request.plan_id, request.version).notification_emails
    except DomainError as error:
        logger.warning("earlier addresses not read", extra={"plan_id": request.plan_id, "reason": error.message})
        return ()


def _delete(request: DeleteRecoveryPlan, call: CallContext) -> Deleted:
    def write(plan: RecoveryPlan) -> None:
        abandoned = require_plan_not_running(plan, call.now)
        uses = _uses(plan.plan_id, (), find_kept_groups(plan.group_ids))
        writes.delete_plan(plan, uses.registers, abandoned=abandoned)

    return delete(_PLANS, request.plan_id, request.version, write)


def _uses(plan_id: str, wanted: Collection[str], groups: Mapping[str, KeptGroup]) -> GroupUses:
    """The uses of a plan. ``groups`` are those that it uses and is to use; a request for each hundred places."""
    places = {group_id: kept.group.place for group_id, kept in groups.items()}
    return uses_of_groups(plan_id, wanted, places, read_registers(places.values()))


def _problems(content: PlanContent, uses: GroupUses, now: datetime) -> list[FieldProblem]:
    of_others = uses.problems + schedule_problems(content.schedule, now) + host_problems_of(content.waves)
    return plan_problems(content, uses.existing) + of_others


def _scheduled(plan: RecoveryPlan, before: RecoveryPlan | None, now: datetime) -> RecoveryPlan:
    """The plan with its next drill. An unchanged schedule keeps the drill that is due."""
    kept = before.next_drill_at if before and before.schedule == plan.schedule else None
    due = kept or (next_drill(plan.schedule, now) if plan.schedule else None)
    return msgspec.structs.replace(plan, next_drill_at=due, last_drill=before.last_drill if before else None)


class _Save(msgspec.Struct, frozen=True):
    """When a version was saved, and by whom: the name, and the subject of a verified person."""

    at: datetime
    by: str
    subject: str


def _version(content: PlanContent, plan_id: str, *, version: int, created: _Save, updated: _Save) -> RecoveryPlan:
    return RecoveryPlan(
        plan_id=plan_id,
        version=version,
        name=plain_name(content.name),
        description=content.description,
        owner=content.owner,
        rto_minutes=content.rto_minutes,
        priority=content.priority,
        rpo_minutes=content.rpo_minutes,
        waves=tuple(sorted((wave.complete() for wave in content.waves), key=lambda wave: wave.number)),
        approval=content.approval,
        notification_emails=tuple(plain_address(address) for address in content.notification_emails),
        timeout_minutes=content.timeout_minutes,
        cleanup=content.cleanup,
        schedule=content.schedule,
        drill_target_days=content.drill_target_days,
        created_at=created.at,
        created_by=created.by,
        created_by_subject=created.subject,
        updated_at=updated.at,
        updated_by=updated.by,
        updated_by_subject=updated.subject,
    )
