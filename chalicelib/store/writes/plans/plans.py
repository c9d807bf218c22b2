"""Writes recovery plans: current version, snapshot, name and uses of groups in one save."""

from collections.abc import Sequence
from datetime import datetime

from pynamodb.expressions.condition import Condition

from ....domain.access.idempotency import RequestKey
from ....domain.estate.unique_claims import GROUP_USES, PLAN_NAMES, use_key
from ....domain.plans.plans import RecoveryPlan
from ....domain.runs.leases import Lease, plan_lease_key
from ....domain.text import name_key
from ...tables.configuration import PLAN_VERSIONS, PLANS, PlanVersionItem, RecoveryPlanItem
from ...transactions import Transaction, Write
from ..access.idempotency import claim_key
from ..estate.groups import use_claim
from ..estate.unique_claims import (
    Claim,
    claim,
    commit_with_releases,
    no_change_runs,
    release,
    remove_abandoned,
    save_with_claims,
)
from ..runs.leases import lease_stays_free


def create_plan(plan: RecoveryPlan, *, key: RequestKey | None) -> None:
    """Writes a new plan. Raises ConditionFailed when its name or key is taken, or a group is (being) deleted."""
    uses = [use_claim(group_id, plan.plan_id, plan.created_at) for group_id in plan.group_ids]
    save_with_claims(
        plan.plan_id,
        [
            *_saves(plan, _plan_is_new()),
            claim(_name_claim(plan)),
            *([claim_key(key, plan.plan_id, plan.created_at)] if key else []),
        ],
        claims=uses,
        releases=(),
        at=plan.created_at,
    )


def update_plan(before: RecoveryPlan, after: RecoveryPlan) -> None:
    """Writes the next version. Raises ConditionFailed when ``before`` is not current, and as ``create_plan`` does."""
    added = [group_id for group_id in after.group_ids if group_id not in before.group_ids]
    dropped = [group_id for group_id in before.group_ids if group_id not in after.group_ids]
    writes = _saves(after, _plan_is_at(before.version))
    if name_key(before.name) != name_key(after.name):
        writes += [claim(_name_claim(after)), release(_name_claim(before))]
    save_with_claims(
        after.plan_id,
        writes,
        claims=[use_claim(group_id, after.plan_id, after.updated_at) for group_id in added],
        releases=_uses(before.plan_id, dropped),
        at=after.updated_at,
    )


def delete_plan(plan: RecoveryPlan, at: datetime, *, abandoned: Lease | None) -> None:
    """Removes a plan, its name and its uses of groups; its versions stay.

    Raises ConditionFailed when it was saved in between, or an execution of it runs.
    """
    item = RecoveryPlanItem(plan_id=plan.plan_id)
    writes: list[Write] = [
        lambda transaction: transaction.delete(item, condition=_plan_is_at(plan.version)),
        no_change_runs(plan.plan_id, at),
        lease_stays_free(plan_lease_key(plan.plan_id), abandoned),
    ]
    commit_with_releases(writes, [_name_claim(plan), *_uses(plan.plan_id, plan.group_ids)])


def remove_abandoned_use(key: str, plan_id: str, seen: RecoveryPlan | None, at: datetime) -> None:
    """Removes the use of a group that the plan, which was read as ``seen``, does not have."""
    condition = _plan_is_at(seen.version) if seen else _plan_is_new()

    def still(transaction: Transaction) -> None:
        transaction.check(RecoveryPlanItem, plan_id, condition=condition)

    remove_abandoned(Claim(GROUP_USES, key, plan_id), [still], at)


def _saves(plan: RecoveryPlan, condition: Condition) -> list[Write]:
    current, snapshot = PLANS.to_item(plan), PLAN_VERSIONS.to_item(plan)
    return [
        lambda transaction: transaction.save(current, condition=condition),
        lambda transaction: transaction.save(snapshot, condition=_version_is_new()),
    ]


def _name_claim(plan: RecoveryPlan) -> Claim:
    return Claim(PLAN_NAMES, name_key(plan.name), plan.plan_id)


def _uses(plan_id: str, group_ids: Sequence[str]) -> list[Claim]:
    return [Claim(GROUP_USES, use_key(group_id, plan_id), plan_id) for group_id in group_ids]


def _plan_is_new() -> Condition:
    return RecoveryPlanItem.plan_id.does_not_exist()


def _plan_is_at(version: int) -> Condition:
    return RecoveryPlanItem.version == version


def _version_is_new() -> Condition:
    return PlanVersionItem.version.does_not_exist()
