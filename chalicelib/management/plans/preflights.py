"""Checks plans as jobs: a request begins a check and is answered at once, and a second call carries it out.

A check takes minutes for large plans. It renews its lease while it works, so that one that died can be repeated soon,
and two at once never do the work twice. What a check finds is shown to people and permits nothing: a start checks by
itself.
"""

from datetime import timedelta

import msgspec

from ...aws.actions.plans.preflights import invoke_check
from ...aws.reads.estate.account_probes import try_role
from ...aws.sessions import Access
from ...domain.access.context import CallContext
from ...domain.errors import AlreadyRunning, DomainError
from ...domain.estate.accounts import TargetAccount
from ...domain.estate.recovery_points import PointWish, read_wish
from ...domain.runs.preflight_checks import KEPT_FOR, LEASE, CheckState, PlaceProgress, PreflightCheck
from ...domain.runs.preflight_results import parts_of
from ...domain.text import format_moment
from ...ids import new_id
from ...operations.preflights import (
    AcceptedPreflight,
    PreflightRun,
    RefreshPlanPreflight,
    RunOutcome,
    RunPlanPreflight,
)
from ...preflight.progress import Progress
from ...preflight.whole_check import Checked, Start, check_start
from ...settings import settings
from ...side_by_side import attended
from ...store.failures import translated
from ...store.reads.plans.plans import get_plan
from ...store.reads.plans.preflights import find_check
from ...store.writes.plans.preflights import (
    begin_check,
    end_check,
    fail_check,
    record_progress,
    take_check,
    write_parts,
)

RESERVE = timedelta(seconds=30)
"""What is left of the function's time when it asks AWS about no further server."""

SECONDS_BETWEEN_SIGNS = 2.0
_NOT_RUN = "This check runs already, has ended, or was replaced by another one."


def refresh_plan_preflight(request: RefreshPlanPreflight, call: CallContext) -> AcceptedPreflight:
    """Begins a check of the plan, or joins the same check that runs, and returns before it has ended.

    Raises RecordNotFound, InvalidRequest, AlreadyRunning while a check for another point in time runs, and CloudError
    or Unavailable if it could not be begun.
    """
    plan = get_plan(request.plan_id)
    wish = read_wish(request.point_in_time, {}, call.now)
    wanted = PreflightCheck(
        plan_id=plan.plan_id,
        mode=request.mode,
        check_id=new_id("check"),
        state=CheckState.RUNNING,
        point_in_time=wish.moment,
        started_at=call.now,
        started_by=call.principal.name,
        lease_until=call.now + LEASE,
    )
    check = _begin_or_join(wanted, call)
    if not check.runner:
        # Also for a check that another call began: it may have died before this, and a check is carried out once.
        _send(check, call)
    joined = check.check_id != wanted.check_id
    return AcceptedPreflight(plan.plan_id, check.mode, check.check_id, check.started_at, joined)


def run_plan_preflight(request: RunPlanPreflight, call: CallContext) -> PreflightRun:
    """Carries out a check that was begun, unless another call does. Its failure is recorded, and not raised."""
    check = find_check(request.plan_id, request.mode)
    runner = new_id("run")
    if (
        check is None
        or check.check_id != request.check_id
        or not take_check(check, runner, now=call.now, lease_until=call.now + LEASE)
    ):
        return PreflightRun(request.check_id, RunOutcome.NOT_RUN, _NOT_RUN)
    check = msgspec.structs.replace(check, runner=runner)
    progress = Progress()
    signs = SignsOfLife(check, progress, call)
    try:
        with translated():
            checked = attended(lambda: _check(check, progress, call), signs.give, every_seconds=SECONDS_BETWEEN_SIGNS)
            return _conclude(check, checked, call)
    except DomainError as error:
        fail_check(check, error.message, call.now)
        return PreflightRun(check.check_id, RunOutcome.FAILED, error.message)


def _begin_or_join(wanted: PreflightCheck, call: CallContext) -> PreflightCheck:
    while not begin_check(wanted, call.now):
        running = find_check(wanted.plan_id, wanted.mode)
        if running is None or not running.is_running(call.now):
            # It has ended since.
            continue
        if running.check_id != wanted.check_id and running.point_in_time != wanted.point_in_time:
            asked = format_moment(running.point_in_time) if running.point_in_time else "the latest data"
            raise AlreadyRunning(
                f"The check of this plan that {running.started_by} began at {format_moment(running.started_at)} is "
                f"for {asked} and still runs. Nothing was begun. Check again when it has ended.",
                checkId=running.check_id,
            )
        return running
    return wanted


def _send(check: PreflightCheck, call: CallContext) -> None:
    body = {"planId": check.plan_id, "mode": check.mode.value, "checkId": check.check_id}
    try:
        invoke_check(
            call.hub,
            {"operation": "run_plan_preflight", "body": body, "principal": {"name": "refresh_plan_preflight"}},
        )
    except DomainError as error:
        fail_check(check, error.message, call.now)
        raise


def _check(check: PreflightCheck, progress: Progress, call: CallContext) -> Checked:
    start = Start(get_plan(check.plan_id), check.mode, PointWish(check.point_in_time))
    return check_start(
        start,
        now=call.now,
        until=call.deadline - RESERVE,
        check_access=_check_access,
        pace=settings().drs_pace,
        progress=progress,
    )


def _check_access(account: TargetAccount, _region: str) -> None:
    """Assumes the operate role, as a start does before it launches anything. Raises CloudError or Unavailable."""
    try_role(account, Access.OPERATE)


def _conclude(check: PreflightCheck, checked: Checked, call: CallContext) -> PreflightRun:
    now = call.now
    took = round((now - checked.result.checked_at).total_seconds(), 1)
    result = msgspec.structs.replace(checked.result, took_seconds=took)
    write_parts(parts_of(check.check_id, result, checked.servers, check.started_at + KEPT_FOR))
    if not end_check(check, now):
        return PreflightRun(check.check_id, RunOutcome.NOT_RUN, _NOT_RUN)
    return PreflightRun(check.check_id, RunOutcome.ENDED)


class SignsOfLife:
    """Records how far a check is whenever that has changed, and that it still runs before its lease ends."""

    def __init__(self, check: PreflightCheck, progress: Progress, call: CallContext) -> None:
        self._check, self._progress, self._call = check, progress, call
        self._recorded: tuple[PlaceProgress, ...] = ()
        self._renew_at = call.now + LEASE / 2

    def give(self) -> None:
        so_far, now = self._progress.so_far(), self._call.now
        if so_far == self._recorded and now < self._renew_at:
            return
        with translated():
            record_progress(self._check, so_far, now + LEASE)
        self._recorded, self._renew_at = so_far, now + LEASE / 2
