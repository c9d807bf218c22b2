"""Writes recovery plans: current version, snapshot, name and the registers of its groups' places in one transaction.

Registers that are passed here are the next versions of what the caller read. The writes raise ConditionFailed when
another call has changed such a place since, or when another of their conditions does not hold. Then nothing has
changed.
"""

from collections.abc import Sequence

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from ....domain.access.idempotency import RequestKey
from ....domain.access.two_persons import FirstPerson
from ....domain.estate.registers import PlaceRegister
from ....domain.plans.plan_standing import PlanStanding, drill_order
from ....domain.plans.plans import RecoveryPlan
from ....domain.runs.leases import Lease, plan_lease_key
from ....domain.runs.plan_runs import PlanRuns
from ....domain.text import name_key
from ...tables.configuration import PLAN_NAMES, PLAN_VERSIONS, PLANS, PlanVersionItem, RecoveryPlanItem
from ...transactions import Write, commit, commit_all
from ..access.idempotency import claim_key
from ..estate.registers import save_registers
from ..estate.unique_names import claim_name, release_name
from ..runs.leases import lease_stays_free


def create_plan(
    plan: RecoveryPlan, standing: PlanStanding, registers: Sequence[PlaceRegister], *, key: RequestKey | None
) -> None:
    """Writes a new plan. Its name and key must be free."""
    beside = {"standing": standing, "runs": PlanRuns(), "drill_key": drill_order(plan, None)}
    item = PLANS.to_item(plan, **beside)
    commit_all(
        [
            lambda transaction: transaction.save(item, condition=_plan_is_new()),
            _save_version(plan),
            _claim_name(plan),
            *save_registers(registers),
            *([claim_key(key, plan.plan_id, plan.created_at)] if key else []),
        ]
    )


def update_plan(
    before: RecoveryPlan, after: RecoveryPlan, standing: PlanStanding, registers: Sequence[PlaceRegister]
) -> None:
    """Writes the next version. ``before`` must be current, and a new name free.

    What is kept of the plan's runs stays: an execution may be writing it at this moment.
    """
    item = RecoveryPlanItem(plan_id=before.plan_id)
    actions = [*PLANS.to_actions(after), RecoveryPlanItem.standing.set(standing)]
    writes: list[Write] = [
        lambda transaction: transaction.update(item, actions=actions, condition=_plan_is_at(before.version)),
        _save_version(after),
        *save_registers(registers),
    ]
    if name_key(before.name) != name_key(after.name):
        writes += [_claim_name(after), _release_name(before)]
    commit_all(writes)


def record_first_person(before: RecoveryPlan, first: FirstPerson) -> None:
    """Records the first of two persons who save a weaker version. ``before`` must be current, with its first person."""
    earlier = before.first_person
    same: Condition = (
        RecoveryPlanItem.first_person == earlier
        if earlier is not None
        else RecoveryPlanItem.first_person.does_not_exist()
    )
    condition = _plan_is_at(before.version) & same
    actions: list[Action] = [RecoveryPlanItem.first_person.set(first)]
    item = RecoveryPlanItem(plan_id=before.plan_id)
    commit(lambda transaction: transaction.update(item, actions=actions, condition=condition))


def delete_plan(plan: RecoveryPlan, registers: Sequence[PlaceRegister], *, abandoned: Lease | None) -> None:
    """Removes a plan, which must be current, and its name; its versions stay. No execution of it may run."""
    item = RecoveryPlanItem(plan_id=plan.plan_id)
    commit_all(
        [
            lambda transaction: transaction.delete(item, condition=_plan_is_at(plan.version)),
            lease_stays_free(plan_lease_key(plan.plan_id), abandoned),
            _release_name(plan),
            *save_registers(registers),
        ]
    )


def _save_version(plan: RecoveryPlan) -> Write:
    snapshot = PLAN_VERSIONS.to_item(plan)
    return lambda transaction: transaction.save(snapshot, condition=_version_is_new())


def _claim_name(plan: RecoveryPlan) -> Write:
    return claim_name(PLAN_NAMES, name_key(plan.name), plan.plan_id)


def _release_name(plan: RecoveryPlan) -> Write:
    return release_name(PLAN_NAMES, name_key(plan.name), plan.plan_id)


def _plan_is_new() -> Condition:
    return RecoveryPlanItem.plan_id.does_not_exist()


def _plan_is_at(version: int) -> Condition:
    return RecoveryPlanItem.version == version


def _version_is_new() -> Condition:
    return PlanVersionItem.version.does_not_exist()
