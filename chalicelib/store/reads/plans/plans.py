"""Reads recovery plans and their versions."""

from collections.abc import Iterable
from typing import Any

from ....domain.errors import RecordNotFound
from ....domain.pages import Page
from ....domain.plans.plans import RecoveryPlan
from ....domain.runs.leases import Lease
from ....domain.text import name_key
from ....ids import id_start
from ....operations.plans import ListPlanVersions
from ...by_id import ById
from ...paging import read_page
from ...tables.configuration import PLAN_NAMES, PLAN_VERSIONS, PLANS, PlanVersionItem, RecoveryPlanItem
from ..estate.unique_names import find_holder, list_holders
from ..runs.leases import read_with_leases

_BY_ID = ById(
    PLANS,
    key="plan_id",
    field="planId",
    missing="There is no recovery plan '{}'. List recovery plans to see those that exist.",
)


def find_plan(plan_id: str) -> RecoveryPlan | None:
    """The current version of a plan, read consistently; None when there is none."""
    return _BY_ID.find(plan_id)


def get_plan(plan_id: str) -> RecoveryPlan:
    """The current version of a plan, read consistently. Raises RecordNotFound."""
    return _BY_ID.get(plan_id)


def no_plan(plan_id: str) -> RecordNotFound:
    """The error for an id without a plan."""
    return _BY_ID.not_found(plan_id)


def find_plans(plan_ids: Iterable[str]) -> dict[str, RecoveryPlan]:
    """The plans with these ids that exist, by id, read consistently; 100 ids a request."""
    return _BY_ID.find_all(plan_ids)


def find_holder_of_plan_name(name: str) -> str | None:
    """The id of the plan with this name, read consistently."""
    return find_holder(PLAN_NAMES, name_key(name))


def plan_ids_by_name() -> dict[str, str]:
    """The id of every plan by the key of its name, read consistently."""
    return list_holders(PLAN_NAMES)


def get_plan_version(plan_id: str, version: int) -> RecoveryPlan:
    """One version of a plan. Versions outlive their plan. Raises RecordNotFound."""
    try:
        return PLAN_VERSIONS.to_record(PlanVersionItem.get(plan_id, version))
    except PlanVersionItem.DoesNotExist:
        message = (
            f"There is no version {version} of a recovery plan '{plan_id}'. List its versions to see those that exist."
        )
        raise RecordNotFound(message, planId=plan_id, version=version) from None


def plans_from(start: str, most: int) -> list[RecoveryPlan]:
    """The first plans whose name, or whose id, begins so. Costs one query, and one more for the beginning of an id."""
    named = RecoveryPlanItem.name_key.startswith(start)
    items = [*RecoveryPlanItem.by_kind_name.query("PLAN", named, limit=most)]
    if ids := id_start(start, "plan"):
        items += RecoveryPlanItem.by_kind_id.query("PLAN", RecoveryPlanItem.plan_id.startswith(ids), limit=most)
    return [PLANS.to_record(item) for item in items]


def plans_with_leases(ids: Iterable[str], keys: Iterable[str]) -> tuple[list[RecoveryPlan], dict[str, Lease]]:
    """The plans with these ids, and the leases with these keys; eventually consistent, 100 a request."""
    return read_with_leases(PLANS, ids, keys)


def all_plans() -> list[RecoveryPlan]:
    """The current version of every plan, from an index. Costs one query, with about 1 MB a page."""
    return [PLANS.to_record(item) for item in RecoveryPlanItem.by_kind_name.query("PLAN")]


def list_plan_versions(request: ListPlanVersions) -> Page[RecoveryPlan]:
    """One page of a plan's versions, newest first; empty for a plan that never existed."""
    options: dict[str, Any] = {"scan_index_forward": False}
    return read_page(PlanVersionItem, request.plan_id, request, PLAN_VERSIONS.to_record, **options)
