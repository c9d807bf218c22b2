"""The preflight of a plan as it is stored: how the newest check stands, and what the last one has found."""

from ..domain.access.context import CallContext
from ..domain.runs.preflight_checks import describe, state_of
from ..domain.runs.preflight_results import RESULT_PART, ServerVerdict
from ..domain.runs.records import Mode
from ..operations.preflights import (
    GetPlanPreflight,
    ListPreflightServers,
    PlanPreflight,
    PreflightServers,
    ShownCheck,
    ShownResult,
)
from ..store.paging import token_cursor, token_of
from ..store.reads.plans.preflights import find_result, plan_with_newest_check, verdicts_from


def get_plan_preflight(request: GetPlanPreflight, call: CallContext) -> PlanPreflight:
    """What is stored; asks AWS for nothing. Costs two reads. Raises RecordNotFound."""
    plan, check = plan_with_newest_check(request.plan_id, request.mode)
    found = find_result(check.result_id) if check and check.result_id else None
    result = ShownResult.of(found, plan.version) if found else None
    state = state_of(check, call.now)
    return PlanPreflight(
        plan_id=plan.plan_id,
        plan_version=plan.version,
        mode=check.mode if check else request.mode or Mode.DRILL,
        state=state,
        statement=describe(check, state, result, plan_changed=result is not None and result.plan_changed),
        check=ShownCheck.of(check) if check else None,
        result=result,
    )


def list_preflight_servers(request: ListPreflightServers, _: CallContext) -> PreflightServers:
    """One page of the verdicts of the last result, of as many parts as one query returns. Raises RecordNotFound.

    Costs two calls of DynamoDB, and one for a page after the first.
    """
    if request.cursor:
        check_id, part, position = _place_in_list(request.cursor)
    else:
        check = plan_with_newest_check(request.plan_id, request.mode)[1]
        check_id, part, position = check.result_id if check else "", RESULT_PART + 1, 0
    if not check_id:
        return PreflightServers("", [], None)
    items: list[ServerVerdict] = []
    found = verdicts_from(check_id, part)
    for number, verdicts in found.parts.items():
        for index in range(position if number == part else 0, len(verdicts)):
            if _matches(verdicts[index], request):
                if len(items) == request.limit:
                    return PreflightServers(check_id, items, _cursor(check_id, number, index))
                items.append(verdicts[index])
    following = None if found.following is None else _cursor(check_id, found.following, 0)
    return PreflightServers(check_id, items, following)


def _matches(verdict: ServerVerdict, request: ListPreflightServers) -> bool:
    return (
        request.readiness in {None, verdict.readiness}
        and request.wave_number in {None, verdict.wave_number}
        and (not request.code or any(finding.code == request.code for finding in verdict.findings))
    )


def _cursor(check_id: str, part: int, position: int) -> str | None:
    return token_cursor(f"{check_id}/{part}/{position}")


def _place_in_list(cursor: str) -> tuple[str, int, int]:
    """The check, the part and the position in it. Only cursors that were signed here come this far."""
    check_id, part, position = token_of(cursor).split("/")
    return check_id, int(part), int(position)
