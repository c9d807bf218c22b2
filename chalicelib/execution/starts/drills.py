"""Starts drills that are due by their plan's schedule, each exactly once, or skips them with a reason and a notice.

The idempotency key is made of the plan and the due time, and belongs to the schedule. A second round, even one that a
person runs by hand, therefore finds the drill that the first one started.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from ...aws.actions.notices.notices import send_notice
from ...domain.access.context import CallContext
from ...domain.access.permissions import SCHEDULE, InvocationMode
from ...domain.errors import DomainError, OutcomeUnknown
from ...domain.notices.notices import Channel, failure_of, skipped_drill_notice
from ...domain.plans.drill_schedule import LATE_BY, blackout_at, next_drill
from ...domain.plans.plans import DrillSchedule, RecoveryPlan, ScheduledDrill
from ...domain.runs.records import Mode
from ...logs import logger
from ...operations.declaration import Nothing
from ...operations.plans import DrillReport
from ...operations.runs import StartExecution
from ...settings import settings
from ...side_by_side import reason_of, try_each
from ...store.reads.plans.drills import due_drills
from ...store.reads.plans.plans import find_plan
from ...store.writes.notices.outbox import keep_unsent_notice
from ...store.writes.plans.drills import record_scheduled_drill
from . import start
from .acquire_leases import FREE_AFTER

SKIPPED = "SKIPPED"
_PARALLEL = 4


def start_due_drills(_: Nothing, call: CallContext) -> DrillReport:
    """Starts or skips every drill that is due. A plan that fails stops no other and is retried for an hour."""
    plans = due_drills(call.now)
    results = try_each(lambda plan: _start_due(plan.plan_id, call), plans, limit=_PARALLEL)
    report = _report(plans, results)
    logger.info("scheduled drills", extra={"report": msgspec.to_builtins(report)})
    return report


def _start_due(plan_id: str, call: CallContext) -> ScheduledDrill | None:
    """The result for one drill; None if it is no longer due or is to be tried again."""
    plan = find_plan(plan_id)
    if plan is None or plan.schedule is None or plan.next_drill_at is None or plan.next_drill_at > call.now:
        return None
    drill = _decide(plan, plan.schedule, call)
    if drill is None:
        return None
    if drill.outcome == SKIPPED:
        # Before it is recorded: a crash in between sends the notice twice, with the same id, and not never.
        _notify_of(plan, drill, call)
    return drill if record_scheduled_drill(plan_id, drill, next_drill(plan.schedule, call.now)) else None


def _notify_of(plan: RecoveryPlan, drill: ScheduledDrill, call: CallContext) -> None:
    """Sends the notice of a drill that was skipped, or keeps it in the outbox to be sent again."""
    event_id = f"{plan.plan_id}#{drill.due_at.isoformat()}"
    notice = skipped_drill_notice(plan, drill, event_id, call.now, settings().dashboard_url)
    failures = send_notice(notice, tuple(Channel), call.hub)
    if failures:
        failure = failure_of(failures, call.now, notice.subject)
        keep_unsent_notice(notice, tuple(failures), failure, since=drill.due_at)


def _decide(plan: RecoveryPlan, schedule: DrillSchedule, call: CallContext) -> ScheduledDrill | None:
    due_at = plan.next_drill_at or call.now
    reason = f"Scheduled for {due_at.isoformat()}"
    key = f"scheduled-drill#{plan.plan_id}#{due_at.isoformat()}"
    request = StartExecution(plan_id=plan.plan_id, mode=Mode.DRILL, reason=reason, idempotency_key=key)
    by_schedule = msgspec.structs.replace(call, mode=InvocationMode.EVENTBRIDGE, principal=SCHEDULE)
    try:
        if not start.find_started(request, by_schedule):
            obstacle = _obstacle(schedule, due_at, call.now)
            if obstacle:
                return ScheduledDrill(due_at, SKIPPED, obstacle)
        drill = start.start_once(request, by_schedule).execution
    except DomainError as error:
        if error.retryable or isinstance(error, OutcomeUnknown) or FREE_AFTER in error.details:
            # AWS is busy, or a start is in progress, perhaps of this very drill: the next round finds its result.
            logger.warning("scheduled drill not started yet", extra={"plan_id": plan.plan_id, "reason": error.message})
            return None
        return ScheduledDrill(due_at, SKIPPED, error.message)
    return ScheduledDrill(due_at, "STARTED", reason, drill.execution_id)


def _obstacle(schedule: DrillSchedule, due_at: datetime, now: datetime) -> str:
    """Why a drill that has not started yet must not start now; empty if it may."""
    if now - due_at > LATE_BY:
        return blackout_at(schedule, due_at) or "It could not be started within an hour of its due time."
    return blackout_at(schedule, due_at)


def _report(plans: Sequence[RecoveryPlan], results: Sequence[ScheduledDrill | Exception | None]) -> DrillReport:
    started: dict[str, str] = {}
    skipped: dict[str, str] = {}
    failures: dict[str, str] = {}
    for plan, result in zip(plans, results, strict=True):
        if isinstance(result, Exception):
            logger.error("scheduled drill failed", exc_info=result, extra={"plan_id": plan.plan_id})
            failures[plan.plan_id] = reason_of(result)
        elif result and result.execution_id:
            started[plan.plan_id] = result.execution_id
        elif result:
            skipped[plan.plan_id] = result.reason
    return DrillReport(due=len(plans), started=started, skipped=skipped, failures=failures)
