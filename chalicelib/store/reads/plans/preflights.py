"""Reads the checks of plans and what they have found."""

import msgspec
from pynamodb.models import Model

from ....domain.plans.plans import RecoveryPlan
from ....domain.runs.preflight_checks import PreflightCheck
from ....domain.runs.preflight_results import RESULT_PART, PreflightResult, ServerVerdict
from ....domain.runs.records import Mode
from ....domain.typed_json import read_json
from ...tables.configuration import PLANS, RecoveryPlanItem
from ...tables.preflights import PREFLIGHT_CHECKS, PREFLIGHT_PARTS, PreflightCheckItem, PreflightPartItem
from ...together import Key, read_together
from .plans import no_plan

PARTS_AT_ONCE = 10
"""The parts of one request, 1,000 servers; what a request of DynamoDB returns ends at 1 MB anyway."""


def find_check(plan_id: str, mode: Mode) -> PreflightCheck | None:
    """The newest check of a plan in this mode, read consistently."""
    try:
        return PREFLIGHT_CHECKS.to_record(PreflightCheckItem.get(plan_id, mode, consistent_read=True))
    except PreflightCheckItem.DoesNotExist:
        return None


def plan_with_newest_check(plan_id: str, mode: Mode | None) -> tuple[RecoveryPlan, PreflightCheck | None]:
    """A plan and its newest check in this mode, or in any, read consistently with one call. Raises RecordNotFound."""
    modes = [mode] if mode else list(Mode)
    keys: dict[type[Model], list[Key]] = {
        RecoveryPlanItem: [(plan_id,)],
        PreflightCheckItem: [(plan_id, each.value) for each in modes],
    }
    found = read_together(keys, consistent=True)
    if not found[RecoveryPlanItem]:
        raise no_plan(plan_id)
    checks = map(PREFLIGHT_CHECKS.to_record, found[PreflightCheckItem])
    newest = max(checks, key=lambda check: check.started_at, default=None)
    return PLANS.to_record(found[RecoveryPlanItem][0]), newest


def find_result(check_id: str) -> PreflightResult | None:
    """What a check has found; None if that is not kept any more, or in the form of another release."""
    try:
        part = PREFLIGHT_PARTS.to_record(PreflightPartItem.get(check_id, RESULT_PART))
        return read_json(part.value, PreflightResult)
    except (PreflightPartItem.DoesNotExist, msgspec.MsgspecError):
        return None


class VerdictParts(msgspec.Struct, frozen=True):
    """Parts of the verdicts of a check by number, and the number of the next one; None after the last."""

    parts: dict[int, tuple[ServerVerdict, ...]]
    following: int | None


def verdicts_from(check_id: str, part: int) -> VerdictParts:
    """The verdicts of a check from this part on, as many parts as one query returns; none in another release's form."""
    found = PreflightPartItem.query(check_id, PreflightPartItem.part >= part, page_size=PARTS_AT_ONCE)
    looked = next(found.page_iter)
    records = [PREFLIGHT_PARTS.to_record(PreflightPartItem.from_raw_data(raw)) for raw in looked["Items"]]
    try:
        parts = {record.part: read_json(record.value, tuple[ServerVerdict, ...]) for record in records}
    except msgspec.MsgspecError:
        return VerdictParts({}, None)
    more = bool(looked.get("LastEvaluatedKey"))
    return VerdictParts(parts, records[-1].part + 1 if more and records else None)
