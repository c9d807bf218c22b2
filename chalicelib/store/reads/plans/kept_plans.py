"""Reads recovery plans with what is kept beside them, for what needs no list of the API."""

from collections.abc import Iterable

from ....domain.runs.plan_runs import KeptPlan
from ...tables.configuration import RecoveryPlanItem, kept_plan


def kept_plans() -> list[KeptPlan]:
    """The current version of every plan, from an index. Costs one query, with about 1 MB a page."""
    return [kept_plan(item) for item in RecoveryPlanItem.by_kind_name.query("PLAN")]


def find_kept_plans(plan_ids: Iterable[str]) -> list[KeptPlan]:
    """The plans with these ids that exist, with what is kept beside them; 100 ids a request."""
    return [kept_plan(item) for item in RecoveryPlanItem.batch_get(dict.fromkeys(plan_ids))]
