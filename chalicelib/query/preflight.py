"""The preflight of a plan as it is stored: how the newest check stands, and what the last one has found."""

from ..domain.access.context import CallContext
from ..domain.runs.preflight_checks import PreflightCheck, describe, state_of
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
from ..store.reads.plans.plans import get_plan
from ..store.reads.plans.preflights import find_check, find_newest_check, find_result, verdicts_from

PARTS_A_PAGE = 10
"""How many parts of a result one page looks at: 1,000 servers, and 2.5 MB of Lambda's 6 MB at most."""


def get_plan_preflight(request: GetPlanPreflight, call: CallContext) -> PlanPreflight:
    """What is stored; asks AWS for nothing. Costs three reads. Raises RecordNotFound."""
    plan = get_plan(request.plan_id)
    check = _newest_check(request.plan_id, request.mode)
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
    """One page of the verdicts of the last result, from a few of its parts. Raises RecordNotFound."""
    if request.cursor:
        check_id, part, position = _place_in_list(request.cursor)
    else:
        get_plan(request.plan_id)
        check = _newest_check(request.plan_id, request.mode)
        check_id, part, position = check.result_id if check else "", RESULT_PART + 1, 0
    if not check_id:
        return PreflightServers("", [], None)
    items: list[ServerVerdict] = []
    for number, verdicts in verdicts_from(check_id, part):
        if number == part + PARTS_A_PAGE:
            return PreflightServers(check_id, items, _cursor(check_id, number, 0))
        for index in range(position if number == part else 0, len(verdicts)):
            if _matches(verdicts[index], request):
                if len(items) == request.limit:
                    return PreflightServers(check_id, items, _cursor(check_id, number, index))
                items.append(verdicts[index])
    return PreflightServers(check_id, items, None)


def _newest_check(plan_id: str, mode: Mode | None) -> PreflightCheck | None:
    return find_check(plan_id, mode) if mode else find_newest_check(plan_id)


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
