"""Reads the checks of plans and what they have found."""

from collections.abc import Iterator
from contextlib import suppress

import msgspec

from ....domain.runs.preflight_checks import PreflightCheck
from ....domain.runs.preflight_results import RESULT_PART, PreflightResult, ServerVerdict
from ....domain.runs.records import Mode
from ....domain.typed_json import read_json
from ...tables.preflights import PREFLIGHT_CHECKS, PREFLIGHT_PARTS, PreflightCheckItem, PreflightPartItem

_PARTS_AT_ONCE = 10
"""The parts of one request; what a request of DynamoDB returns ends at 1 MB anyway."""


def find_check(plan_id: str, mode: Mode) -> PreflightCheck | None:
    """The newest check of a plan in this mode, read consistently."""
    try:
        return PREFLIGHT_CHECKS.to_record(PreflightCheckItem.get(plan_id, mode, consistent_read=True))
    except PreflightCheckItem.DoesNotExist:
        return None


def find_newest_check(plan_id: str) -> PreflightCheck | None:
    """The newest check of a plan in any mode, read consistently."""
    found = map(PREFLIGHT_CHECKS.to_record, PreflightCheckItem.query(plan_id, consistent_read=True))
    return max(found, key=lambda check: check.started_at, default=None)


def find_result(check_id: str) -> PreflightResult | None:
    """What a check has found; None if that is not kept any more, or in the form of another release."""
    try:
        part = PREFLIGHT_PARTS.to_record(PreflightPartItem.get(check_id, RESULT_PART))
        return read_json(part.value, PreflightResult)
    except (PreflightPartItem.DoesNotExist, msgspec.MsgspecError):
        return None


def verdicts_from(check_id: str, part: int) -> Iterator[tuple[int, tuple[ServerVerdict, ...]]]:
    """The parts with the verdicts of a check from this one on, with their numbers; none in another release's form."""
    found = PreflightPartItem.query(check_id, PreflightPartItem.part >= part, page_size=_PARTS_AT_ONCE)
    with suppress(msgspec.MsgspecError):
        for record in map(PREFLIGHT_PARTS.to_record, found):
            yield record.part, read_json(record.value, tuple[ServerVerdict, ...])
